/* plugin_open.c - the gates that a plugin's file passes before and after it is opened. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dlfcn.h>
#include <errno.h>
#include <fenv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crash.h"
#include "elfnote.h"
#include "memory.h"
#include "plugin_private.h"

#define MAX_FILE_BYTES (256u << 20)
#define MAX_SELF_BYTES (64u << 20)

/* What the host knows of each kind. */
static const struct kind {
    size_t size;
    struct {
        const char *name;
        size_t offset;
    } required[4]; /* functions, ended by NULL */
} kinds[] = {
#define REQUIRED(TYPE, FIELD)                                                                      \
    {                                                                                              \
#FIELD, offsetof(TYPE, FIELD)                                                              \
    }
    [CNN_KIND_INITIALIZER] = {sizeof(cnn_initializer), {REQUIRED(cnn_initializer, fill)}},
    [CNN_KIND_LAYER] = {sizeof(cnn_layer),
                        {REQUIRED(cnn_layer, plan), REQUIRED(cnn_layer, forward),
                         REQUIRED(cnn_layer, backward)}},
    [CNN_KIND_LOSS] = {sizeof(cnn_loss), {REQUIRED(cnn_loss, value)}},
    [CNN_KIND_OPTIMIZER] = {sizeof(cnn_optimizer), {REQUIRED(cnn_optimizer, step)}},
    [CNN_KIND_SCHEDULE] = {sizeof(cnn_schedule), {REQUIRED(cnn_schedule, rate)}},
    [CNN_KIND_DATASET] = {sizeof(cnn_dataset), {REQUIRED(cnn_dataset, open)}},
};
typedef void (*function)(void);

/* A descriptor that is smaller lacks a required function. */
static uint32_t least_size(uint32_t kind)
{
    size_t end = sizeof(cnn_head);
    for (size_t i = 0; kinds[kind].required[i].name; i++)
        end = kinds[kind].required[i].offset + sizeof(function);
    return (uint32_t)end;
}

/* A file on its way through the gates. */
typedef struct candidate {
    const char *path; /* real */
    const char *name;
    uint32_t kind;
    cnn_mark mark;
    cnn_report *report;
    struct stat stat;
    cnn_plugin_file *file;
} candidate;

#define REFUSE(C, ...) cnn_report_add((C)->report, CNN_EXIT_PLUGIN, (C)->mark, __VA_ARGS__)

/* Moves faults that know no place to the one who asked. */
static bool pass_on(candidate *c, cnn_report *inner)
{
    bool good = true;
    for (size_t i = 0; i < inner->count; i++)
        good = REFUSE(c, "%s", inner->problems[i].text);
    cnn_report_free(inner);
    return good;
}

/* ---- before opening ------------------------------------------------------------------------- */

static bool check_folder(candidate *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? cnn_strdup("/") : cnn_format("%.*s", (int)(slash - path), path);
    struct stat s;
    bool good = true;
    if (stat(folder, &s) != 0)
        good = REFUSE(c, "%s: %s", folder, strerror(errno));
    else if (s.st_mode & S_IWOTH)
        good = REFUSE(c,
                      "%s: its folder is writable by everyone, who could all put code there; "
                      "chmod o-w '%s', or move the plugin to a folder of your own",
                      path, folder);
    free(folder);
    return good;
}

static bool check_owner(candidate *c, const char *found)
{
    if (stat(c->path, &c->stat) != 0)
        return REFUSE(c, "%s: %s", c->path, strerror(errno));
    if (!S_ISREG(c->stat.st_mode))
        return REFUSE(c, "%s: it is not a regular file", c->path);
    if (c->stat.st_mode & S_IWOTH)
        return REFUSE(c,
                      "%s: it is writable by everyone, who could all put code there; "
                      "chmod o-w '%s'",
                      c->path, c->path);
    return check_folder(c, found) && check_folder(c, c->path);
}

bool cnn_plugin_peek(const char *path, cnn_abi *abi)
{
    cnn_report report = {0};
    char *data, *flaw = NULL;
    uint64_t size;
    const bool read = cnn_file_read(path, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, &report);
    if (read) {
        flaw = cnn_elfnote_read(data, size, abi);
        free(data);
    }
    const bool good = read && !flaw;
    free(flaw);
    cnn_report_free(&report);
    return good;
}

static bool check_note(candidate *c)
{
    cnn_abi *abi = &c->file->abi;
    cnn_report inner = {0};
    char *data;
    uint64_t size;
    if (!cnn_file_read(c->path, MAX_FILE_BYTES, CNN_EXIT_PLUGIN, &data, &size, &inner))
        return pass_on(c, &inner);
    char *flaw = cnn_elfnote_read(data, size, abi);
    cnn_sha256(&(cnn_piece){data, size}, 1, c->file->sha256);
    free(data);
    if (flaw) {
        REFUSE(c, "%s: %s", c->path, flaw);
    } else if (abi->kind != c->kind) {
        const char *its = cnn_kind_name(abi->kind);
        return REFUSE(c, "%s: it is of kind %s; here it must be of kind %s", c->path,
                      its ? its : "unknown", cnn_kind_name(c->kind));
    } else {
        flaw = cnn_elfnote_compare(abi, least_size(c->kind));
        if (flaw)
            REFUSE(c,
                   "%s: it does not fit this cnnrun: %s; it was built by %s; rebuild it with: "
                   "cnnrun build %s.c",
                   c->path, flaw, abi->compiler, c->name);
    }
    const bool good = !flaw;
    free(flaw);
    return good;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* A constructor may change rounding, or flush denormals to zero, for the whole thread: put back. */
static void *open_library(candidate *c)
{
    fenv_t modes;
    void *library = NULL;
    c->file->head.kind = c->kind; /* for the line of a crash; the descriptor comes over them */
    c->file->head.name = c->name;
    fegetenv(&modes);
    CNN_CRASH_GUARD(c->file, "a constructor",
                    library = dlopen(c->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
    fesetenv(&modes);
    if (!library) {
        REFUSE(c, "%s: it cannot be opened: %s", c->path, dlerror());
        return NULL;
    }
    struct stat now;
    const struct stat *was = &c->stat;
    if (stat(c->path, &now) == 0 && now.st_dev == was->st_dev && now.st_ino == was->st_ino &&
        now.st_size == was->st_size && now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == was->st_mtim.tv_nsec)
        return library;
    REFUSE(c, "%s: it changed while it was being checked; try again", c->path);
    return NULL;
}

/* ---- after opening -------------------------------------------------------------------------- */

/* Copies what the plugin knew of its descriptor; the rest stays zero. */
static bool copy_descriptor(candidate *c, const void *descriptor)
{
    const cnn_abi *abi = &c->file->abi;
    uint32_t sizes[2]; /* struct_size, param_size */
    memcpy(sizes, descriptor, sizeof sizes);
    if (sizes[0] != abi->kind_size || sizes[1] != abi->param_size)
        return REFUSE(
            c,
            "%s: struct_size and param_size are %u and %u; they must be %u and %u, as its "
            "note says",
            c->path, sizes[0], sizes[1], abi->kind_size, abi->param_size);
    const size_t known = kinds[c->kind].size;
    memcpy(&c->file->head, descriptor, sizes[0] < known ? sizes[0] : known);
    return true;
}

static bool check_functions(candidate *c)
{
    bool good = true;
    for (size_t i = 0; kinds[c->kind].required[i].name; i++) {
        function f;
        memcpy(&f, (const char *)&c->file->head + kinds[c->kind].required[i].offset, sizeof f);
        if (!f)
            good = REFUSE(c, "%s: %s plugin '%s': %s is NULL; it must be a function", c->path,
                          cnn_kind_name(c->kind), c->name, kinds[c->kind].required[i].name);
    }
    return good;
}

static bool check_head(candidate *c)
{
    const cnn_head *head = &c->file->head;
    if (head->kind != c->kind)
        return REFUSE(c, "%s: kind is %u; it must be %u, as its note says", c->path, head->kind,
                      c->kind);
    if (!head->name || strcmp(head->name, c->name) != 0)
        return REFUSE(c, "%s: name is '%s'; it must be '%s', as its file's", c->path,
                      head->name ? head->name : "NULL", c->name);
    if (!head->summary || !*head->summary || strchr(head->summary, '\n'))
        return REFUSE(c, "%s: summary is missing or longer than a line; it must be one line",
                      c->path);
    bool reserved = head->reserved0 != 0;
    for (size_t i = 0; i < sizeof head->reserved / sizeof head->reserved[0]; i++)
        reserved |= head->reserved[i] != NULL;
    if (reserved)
        return REFUSE(c, "%s: a reserved field is set; all must be 0", c->path);
    if (head->self_size > MAX_SELF_BYTES)
        return REFUSE(c, "%s: self_size is %llu; it must be %u or less, init may allocate more",
                      c->path, (unsigned long long)head->self_size, MAX_SELF_BYTES);
    return true;
}

static bool check_parameters(candidate *c)
{
    const cnn_head *head = &c->file->head;
    cnn_report inner = {0};
    if (!cnn_param_lint(head, c->path, &inner))
        return pass_on(c, &inner);
    cnn_report_free(&inner);
    if (c->kind != CNN_KIND_OPTIMIZER)
        return true;
    for (size_t i = 0; cnn_param_at(head, i); i++) {
        const cnn_param *param = cnn_param_at(head, i);
        if (strcmp(param->name, "learning_rate") == 0 && param->type == CNN_REAL)
            return true;
    }
    return REFUSE(
        c, "%s: parameter 'learning_rate' is missing; an optimizer must have it, of type real",
        c->path);
}

static bool check_all(candidate *c, const char *found)
{
    if (!check_owner(c, found) || !check_note(c))
        return false;
    void *library = open_library(c);
    if (!library)
        return false;
    const void *descriptor = dlsym(library, "cnn_plugin");
    if (!descriptor)
        return REFUSE(
            c, "%s: it does not export cnn_plugin; a plugin ends with CNN_LOSS(...) or its like",
            c->path);
    return copy_descriptor(c, descriptor) && check_head(c) && check_functions(c) &&
           check_parameters(c);
}

cnn_plugin_file *cnn_plugin_load(const char *found, uint32_t kind, const char *name, cnn_mark mark,
                                 cnn_report *report)
{
    char *path = realpath(found, NULL);
    candidate c = {
        .path = path ? path : found, .name = name, .kind = kind, .mark = mark, .report = report};
    c.file = cnn_alloc(1, sizeof *c.file);
    c.file->opened = path ? path : cnn_strdup(found);
    if (check_all(&c, found))
        return c.file;
    cnn_plugin_unload(c.file);
    return NULL;
}

void cnn_plugin_unload(cnn_plugin_file *file)
{
    if (!file)
        return;
    free(file->path);
    free(file->opened);
    free(file);
}
