/* plugin.c - the search path: which file a kind and a name stand for, and what there is. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "plugin_private.h"

struct cnn_plugins {
    char **folders; /* real paths */
    size_t folder_count;
    cnn_plugin_file **files; /* opened so far */
    size_t file_count;
    size_t isa; /* the best instruction set to use, an index into isa_names */
};

const char *cnn_kind_name(uint32_t kind)
{
    static const char *const names[] = {NULL,        "initializer", "layer",  "loss",
                                        "optimizer", "schedule",    "dataset"};
    return kind <= CNN_KINDS ? names[kind] : NULL;
}

uint32_t cnn_kind_of(const char *name)
{
    for (uint32_t kind = 1; kind <= CNN_KINDS; kind++)
        if (strcmp(name, cnn_kind_name(kind)) == 0)
            return kind;
    return 0;
}

/* ---- what the system says ------------------------------------------------------------------- */

/* A path that is not there, and no other trouble: where the system is short of memory or
 * descriptors, or a disk fails, nothing is known of the path. */
static bool is_missing(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

static bool fault(const char *path, int code, cnn_mark mark, cnn_report *report)
{
    const int error = errno;
    return cnn_report_add(report, cnn_errno_code(error, code), mark, "%s: cannot be read: %s", path,
                          strerror(error));
}

/* ---- instruction sets ----------------------------------------------------------------------- */

static const char *const isa_names[] = {"baseline", "avx2", "avx512"};
#define ISAS (sizeof isa_names / sizeof isa_names[0])

/* The Makefile compiles the variants with just these. */
static size_t best_isa(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               ? 2
               : 1;
#else
    return 0;
#endif
}

static bool choose_isa(cnn_plugins *plugins, cnn_report *report)
{
    const char *wanted = getenv("CNNRUN_ISA");
    const size_t best = best_isa();
    plugins->isa = best;
    if (!wanted || !*wanted)
        return true;
    for (plugins->isa = 0; plugins->isa < ISAS; plugins->isa++)
        if (strcmp(wanted, isa_names[plugins->isa]) == 0)
            break;
    if (plugins->isa == ISAS)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "CNNRUN_ISA is '%s'; it must be baseline, avx2 or avx512", wanted);
    if (plugins->isa > best)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "CNNRUN_ISA is '%s', which this processor lacks; its best is %s",
                              wanted, isa_names[best]);
    return true;
}

const char *cnn_plugins_isa(const cnn_plugins *plugins)
{
    return isa_names[plugins->isa];
}

char *cnn_plugins_variant(const cnn_plugins *plugins, const char *path)
{
    for (size_t isa = plugins->isa; isa > 0; isa--) {
        char *variant = cnn_format("%.*s.%s.so", (int)strlen(path) - 3, path, isa_names[isa]);
        if (access(variant, F_OK) == 0 || !is_missing(errno))
            return variant; /* the gates say what is the matter with it */
        free(variant);
    }
    return cnn_strdup(path);
}

/* ---- the search path ------------------------------------------------------------------------ */

/* False if `path` is no folder, with a fault where that is not known. A folder that is there
 * already is not added again. */
static bool add_folder(cnn_plugins *plugins, const char *path, int code, cnn_report *report)
{
    struct stat s;
    char *real = realpath(path, NULL);
    const bool seen = real && stat(real, &s) == 0;
    if (!seen && !is_missing(errno))
        (void)fault(path, code, CNN_NOWHERE, report);
    bool there = seen && S_ISDIR(s.st_mode), old = !there;
    for (size_t i = 0; there && i < plugins->folder_count; i++)
        old |= strcmp(plugins->folders[i], real) == 0;
    if (old) {
        free(real);
        return there;
    }
    plugins->folders = cnn_realloc(plugins->folders, plugins->folder_count + 1, sizeof(char *));
    plugins->folders[plugins->folder_count++] = real;
    return true;
}

static void add_environment(cnn_plugins *plugins, cnn_report *report)
{
    const char *list = getenv("CNNRUN_PLUGIN_PATH");
    if (!list || getauxval(AT_SECURE))
        return;
    char *copy = cnn_strdup(list), *rest = copy, *part;
    while ((part = strtok_r(rest, ":", &rest)))
        (void)add_folder(plugins, part, 0, report);
    free(copy);
}

static void add_installed(cnn_plugins *plugins, cnn_report *report)
{
    static const char self[] = "/proc/self/exe";
    char *program = realpath(self, NULL), *slash = program ? strrchr(program, '/') : NULL;
    if (!program && !is_missing(errno))
        (void)fault(self, CNN_EXIT_SYSTEM, CNN_NOWHERE, report);
    if (slash) {
        *slash = '\0';
        char *beside = cnn_path_join(program, "plugins");
        char *library = cnn_path_join(program, "../lib/cnnrun/plugins");
        if (!add_folder(plugins, beside, CNN_EXIT_PLUGIN, report))
            (void)add_folder(plugins, library, CNN_EXIT_PLUGIN, report);
        free(beside);
        free(library);
    }
    free(program);
}

cnn_plugins *cnn_plugins_new(const char *const *paths, size_t count, cnn_report *report)
{
    cnn_plugins *plugins = cnn_alloc(1, sizeof *plugins);
    const size_t before = report->errors;
    (void)choose_isa(plugins, report);
    for (size_t i = 0; i < count; i++) {
        const size_t errors = report->errors;
        if (!add_folder(plugins, paths[i], CNN_EXIT_USAGE, report) && report->errors == errors)
            cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                           "--plugin-path '%s' is no folder; it must be one", paths[i]);
    }
    add_environment(plugins, report);
    add_installed(plugins, report);
    if (report->errors == before)
        return plugins;
    cnn_plugins_free(plugins);
    return NULL;
}

void cnn_plugins_free(cnn_plugins *plugins)
{
    cnn_plugins_settle();
    if (!plugins)
        return;
    for (size_t i = 0; i < plugins->folder_count; i++)
        free(plugins->folders[i]);
    for (size_t i = 0; i < plugins->file_count; i++)
        cnn_plugin_unload(plugins->files[i]);
    free(plugins->folders);
    free(plugins->files);
    free(plugins);
}

/* ---- what there is -------------------------------------------------------------------------- */

typedef struct listing {
    cnn_plugin_entry *entries;
    size_t count;
} listing;

/* What is asked of a folder. */
typedef struct question {
    const char *only; /* name; NULL: all */
    cnn_mark mark;
    cnn_report *report;
} question;

/* The kind of a file in a folder that holds all kinds; 0 where it is no plugin. */
static uint32_t kind_of(const char *path, const question *q)
{
    cnn_report inner = {0};
    cnn_abi abi;
    struct stat s;
    if (stat(path, &s) != 0) {
        if (!is_missing(errno))
            (void)fault(path, CNN_EXIT_PLUGIN, q->mark, q->report);
        return 0;
    }
    const bool good =
        S_ISREG(s.st_mode) && cnn_plugin_peek(path, &abi, &inner) && cnn_kind_name(abi.kind);
    for (size_t i = 0; i < inner.count; i++)
        cnn_report_add(q->report, inner.problems[i].code, q->mark, "%s", inner.problems[i].text);
    cnn_report_free(&inner);
    return good ? abi.kind : 0;
}

static void add_entry(listing *list, const char *folder, const char *file, uint32_t kind,
                      const question *q)
{
    const size_t length = strlen(file);
    if (length < 4 || strcmp(file + length - 3, ".so") != 0)
        return;
    char *name = cnn_format("%.*s", (int)length - 3, file);
    if (!cnn_is_identifier(name) || (q->only && strcmp(name, q->only) != 0)) {
        free(name);
        return;
    }
    cnn_plugin_entry entry = {kind, name, cnn_path_join(folder, file)};
    if (!kind)
        entry.kind = kind_of(entry.path, q);
    list->entries = cnn_realloc(list->entries, list->count + 1, sizeof entry);
    list->entries[list->count++] = entry;
}

/* Adds the files NAME.so of a folder. They are of `kind`, or for 0 of the kind that each one's note
 * says (0 again where it has none). Variants have a dot in their name, so they are no entries. */
static void list_folder(listing *list, const char *folder, uint32_t kind, const question *q)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        if (!is_missing(errno))
            (void)fault(folder, CNN_EXIT_PLUGIN, q->mark, q->report);
        return;
    }
    struct dirent *file;
    while ((void)(errno = 0), (file = readdir(dir)))
        add_entry(list, folder, file->d_name, kind, q);
    if (errno)
        (void)fault(folder, CNN_EXIT_PLUGIN, q->mark, q->report);
    closedir(dir);
}

static int by_kind_and_name(const void *left, const void *right)
{
    const cnn_plugin_entry *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    const int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->path, b->path);
}

/* What the search path holds, of one name or all, readable or not, sorted; faults where that cannot
 * be said. */
static listing search(const cnn_plugins *plugins, const question *q)
{
    listing list = {cnn_alloc(1, sizeof *list.entries), 0};
    for (size_t i = 0; i < plugins->folder_count; i++) {
        list_folder(&list, plugins->folders[i], 0, q);
        for (uint32_t kind = 1; kind <= CNN_KINDS; kind++) {
            char *folder = cnn_path_join(plugins->folders[i], cnn_kind_name(kind));
            list_folder(&list, folder, kind, q);
            free(folder);
        }
    }
    qsort(list.entries, list.count, sizeof *list.entries, by_kind_and_name);
    return list;
}

/* Not, where one of them is gone. */
static bool same_file(const char *a, const char *b, const question *q)
{
    struct stat s, t;
    const char *bad = stat(a, &s) != 0 ? a : stat(b, &t) != 0 ? b : NULL;
    if (bad && !is_missing(errno))
        return fault(bad, CNN_EXIT_PLUGIN, q->mark, q->report);
    return !bad && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

cnn_plugin_entry *cnn_plugins_list(cnn_plugins *plugins, uint32_t kind, size_t *count,
                                   cnn_report *report)
{
    const question q = {NULL, CNN_NOWHERE, report};
    listing list = search(plugins, &q);
    *count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const cnn_plugin_entry entry = list.entries[i];
        const cnn_plugin_entry *last = *count ? &list.entries[*count - 1] : NULL;
        const bool again = last && last->kind == entry.kind &&
                           strcmp(last->name, entry.name) == 0 &&
                           same_file(last->path, entry.path, &q);
        if (entry.kind && (!kind || entry.kind == kind) && !again) {
            list.entries[(*count)++] = entry;
        } else {
            free(entry.name);
            free(entry.path);
        }
    }
    return list.entries;
}

void cnn_plugin_entries_free(cnn_plugin_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
        free(entries[i].path);
    }
    free(entries);
}

/* ---- finding one ---------------------------------------------------------------------------- */

/* `other`: the kind under which there is a plugin of that name, or NULL. */
static void not_found(cnn_plugins *plugins, uint32_t kind, const char *name, const char *other,
                      cnn_mark mark, cnn_report *report)
{
    size_t count;
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, kind, &count, report);
    const char **names = cnn_alloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = entries[i].name;
    char *hint = other   ? cnn_format("; there is one of kind %s", other)
                 : count ? cnn_suggest(name, names, count)
                         : cnn_strdup("");
    cnn_text folders = {0};
    for (size_t i = 0; i < plugins->folder_count; i++)
        cnn_text_add(&folders, "%s%s", i ? ", " : "", plugins->folders[i]);
    cnn_report_add(report, CNN_EXIT_PLUGIN, mark, "%s plugin '%s' not found in %s%s",
                   cnn_kind_name(kind), name, folders.data ? folders.data : "any folder", hint);
    cnn_text_free(&folders);
    free(hint);
    free(names);
    cnn_plugin_entries_free(entries, count);
}

/* The path of the one file for this kind and name, or NULL with a fault. A file whose note cannot
 * be read is taken when there is nothing else: the gates then say what is wrong with it. */
static char *find(cnn_plugins *plugins, uint32_t kind, const char *name, cnn_mark mark,
                  cnn_report *report)
{
    const question q = {name, mark, report};
    const size_t errors = report->errors;
    const listing list = search(plugins, &q);
    const char *found = NULL, *unreadable = NULL, *other = NULL, *second = NULL;
    for (size_t i = 0; i < list.count; i++) {
        const cnn_plugin_entry *entry = &list.entries[i];
        if (!entry->kind)
            unreadable = entry->path;
        else if (entry->kind != kind)
            other = cnn_kind_name(entry->kind);
        else if (!found)
            found = entry->path;
        else if (!same_file(found, entry->path, &q))
            second = entry->path;
    }
    if (!found)
        found = unreadable;
    const bool known = report->errors == errors; /* else another one may be there */
    if (!found && known)
        not_found(plugins, kind, name, other, mark, report);
    else if (second && known)
        cnn_report_add(report, CNN_EXIT_PLUGIN, mark,
                       "%s plugin '%s' is there twice, as %s and as %s; remove one",
                       cnn_kind_name(kind), name, found, second);
    char *path = found && !second && known ? cnn_strdup(found) : NULL;
    cnn_plugin_entries_free(list.entries, list.count);
    return path;
}

const cnn_plugin_file *cnn_plugins_open(cnn_plugins *plugins, uint32_t kind, const char *name,
                                        cnn_mark mark, cnn_report *report)
{
    CNN_BUG_IF(!cnn_kind_name(kind));
    for (size_t i = 0; i < plugins->file_count; i++) {
        const cnn_head *head = &plugins->files[i]->head;
        if (head->kind == kind && strcmp(head->name, name) == 0)
            return plugins->files[i];
    }
    if (!cnn_is_identifier(name)) {
        cnn_report_add(report, CNN_EXIT_PLUGIN, mark,
                       "plugin name '%s' must match [a-z][a-z0-9_]* and have at most 64 bytes",
                       name);
        return NULL;
    }
    char *found = find(plugins, kind, name, mark, report);
    if (!found)
        return NULL;
    char *variant = cnn_plugins_variant(plugins, found);
    cnn_plugin_file *file = cnn_plugin_load(variant, kind, name, mark, report);
    if (file) {
        file->path = realpath(found, NULL);
        if (!file->path) { /* renamed since, or short of memory */
            (void)cnn_errno_code(errno, CNN_EXIT_PLUGIN);
            file->path = cnn_strdup(found);
        }
        plugins->files = cnn_realloc(plugins->files, plugins->file_count + 1, sizeof file);
        plugins->files[plugins->file_count++] = file;
    }
    free(variant);
    free(found);
    return file;
}

const cnn_plugin_file *cnn_plugins_opened(const cnn_plugins *plugins, size_t i)
{
    return i < plugins->file_count ? plugins->files[i] : NULL;
}
