/* plugin.c - the search path: which file a kind and a name stand for, and what there is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/program.h"
#include "plugin/private.h"

struct cnn_plugins {
    char **folders; /* real paths */
    size_t folder_count;
    cnn_plugin_file **files; /* opened so far */
    size_t file_count;
    size_t isa; /* the best instruction set to use, an index into isa_names */
};

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
        if (access(variant, F_OK) == 0 || !cnn_plugins_is_missing(errno))
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
    char *real = cnn_path_real(path);
    const bool seen = real && stat(real, &s) == 0;
    if (!seen && !cnn_plugins_is_missing(errno))
        (void)cnn_errno_fault(path, "cannot be read", code, CNN_NOWHERE, report);
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

/* Beside the program in a build tree, else where it is installed; the same for the library, where
 * this code is a part of that. */
static void add_installed(cnn_plugins *plugins, cnn_report *report)
{
    static const char *const of_program[] = {"plugins", "../lib/cnnrun/plugins", NULL},
                             *const of_library[] = {"plugins", "cnnrun/plugins",
                                                    "../lib/cnnrun/plugins", NULL};
    const char *library = cnn_plugin_library(), *self = library ? library : "/proc/self/exe";
    const char *const *places = library ? of_library : of_program;
    char *file = library ? cnn_path_real(self) : cnn_program_path(),
         *slash = file ? strrchr(file, '/') : NULL;
    bool found = false;
    if (!file && !cnn_plugins_is_missing(errno))
        (void)cnn_errno_fault(self, "cannot be read", CNN_EXIT_SYSTEM, CNN_NOWHERE, report);
    if (slash)
        *slash = '\0';
    for (size_t i = 0; slash && places[i] && !found; i++) {
        char *folder = cnn_path_join(file, places[i]);
        found = add_folder(plugins, folder, CNN_EXIT_PLUGIN, report);
        free(folder);
    }
    free(file);
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

cnn_plugin_entry *cnn_plugins_list(cnn_plugins *plugins, uint32_t kind, size_t *count,
                                   cnn_report *report)
{
    const cnn_plugin_question q = {NULL, CNN_NOWHERE, report};
    cnn_plugin_listing list =
        cnn_plugins_search((const char *const *)plugins->folders, plugins->folder_count, &q);
    *count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const cnn_plugin_entry entry = list.entries[i];
        const cnn_plugin_entry *last = *count ? &list.entries[*count - 1] : NULL;
        const bool again = last && last->kind == entry.kind &&
                           strcmp(last->name, entry.name) == 0 &&
                           cnn_plugins_same_file(last->path, entry.path, &q);
        if (entry.kind && (!kind || entry.kind == kind) && !again) {
            list.entries[(*count)++] = entry;
        } else {
            free(entry.name);
            free(entry.path);
        }
    }
    return list.entries;
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
    const cnn_plugin_question q = {name, mark, report};
    const size_t errors = report->errors;
    const cnn_plugin_listing list =
        cnn_plugins_search((const char *const *)plugins->folders, plugins->folder_count, &q);
    const char *found = NULL, *unreadable = NULL, *other = NULL, *second = NULL;
    for (size_t i = 0; i < list.count; i++) {
        const cnn_plugin_entry *entry = &list.entries[i];
        if (!entry->kind)
            unreadable = entry->path;
        else if (entry->kind != kind)
            other = cnn_kind_name(entry->kind);
        else if (!found)
            found = entry->path;
        else if (!cnn_plugins_same_file(found, entry->path, &q))
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

/* Whether there is a plugin of that kind with this name, or with one near to it. */
static bool has(cnn_plugins *plugins, uint32_t kind, const char *name, bool near)
{
    cnn_report ignored = {0};
    size_t count;
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, kind, &count, &ignored);
    bool found = false;
    for (size_t i = 0; !found && i < count; i++) {
        const char *const entry = entries[i].name;
        found = near ? cnn_nearest(name, &entry, 1) != NULL : strcmp(entry, name) == 0;
    }
    cnn_plugin_entries_free(entries, count);
    cnn_report_free(&ignored);
    return found;
}

uint32_t cnn_plugins_kind_of(cnn_plugins *plugins, const char *name, uint32_t kind, uint32_t other)
{
    for (int near = 0; near <= 1; near++) {
        if (has(plugins, kind, name, near))
            return kind;
        if (has(plugins, other, name, near))
            return other;
    }
    return kind;
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
        file->path = cnn_path_real(found);
        if (!file->path) /* renamed since */
            file->path = cnn_strdup(found);
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
