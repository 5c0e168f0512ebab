/* open.c - opening a plugin's file that has passed the gates, and what it then must hold. */
#define _GNU_SOURCE /* dl_iterate_phdr, strcasestr */
#include <dlfcn.h>
#include <errno.h>
#include <fenv.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/crash.h"
#include "plugin/private.h"

#define MAX_SELF_BYTES (64u << 20)

typedef void (*function)(void);

/* ---- opening -------------------------------------------------------------------------------- */

/* Where the library is in memory. Its dynamic section is known: no other one has it. */
typedef struct span {
    uintptr_t dynamic, start, end;
} span;

static int find_span(struct dl_phdr_info *info, size_t size, void *out)
{
    span *s = out, seen = {0, UINTPTR_MAX, 0};
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t at = info->dlpi_addr + segment->p_vaddr, end = at + segment->p_memsz;
        if (segment->p_type == PT_DYNAMIC)
            seen.dynamic = at;
        if (segment->p_type != PT_LOAD)
            continue;
        seen.start = at < seen.start ? at : seen.start;
        seen.end = end > seen.end ? end : seen.end;
    }
    if (seen.dynamic != s->dynamic)
        return 0;
    *s = seen;
    return 1;
}

static void find_descriptor(cnn_candidate *c)
{
    struct link_map *map;
    span s = {0};
    c->descriptor = dlsym(c->library, "cnn_plugin");
    if (dlinfo(c->library, RTLD_DI_LINKMAP, &map) != 0)
        return;
    s.dynamic = (uintptr_t)map->l_ld;
    if (dl_iterate_phdr(find_span, &s)) {
        c->start = s.start;
        c->end = s.end;
    }
}

const char *cnn_plugin_library(void)
{
    static const char inside; /* somewhere in this code's file */
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1(&inside, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 || !map || !*map->l_name)
        return NULL;
    return map->l_name;
}

/* A constructor may change rounding, or flush denormals to zero, for the whole thread: put back. */
void cnn_plugin_open_library(cnn_candidate *c, bool stay)
{
    const int mode = RTLD_NOW | RTLD_LOCAL | (stay ? RTLD_NODELETE : 0);
    fenv_t modes;
    c->file->head.kind = c->kind; /* for the line of a crash; the descriptor comes over them */
    c->file->head.name = c->file->name;
    fegetenv(&modes);
    CNN_CRASH_GUARD(c->file, cnn_crash_opening, c->library = dlopen(c->path, mode);
                    if (c->library) find_descriptor(c));
    fesetenv(&modes);
    if (stay && c->library)
        cnn_crash_place(c->kind, c->name, c->path, c->start, c->end);
}

/* Its destructors run when our process ends, where nobody can say whose they are: so here first. */
void cnn_plugin_close_library(cnn_candidate *c)
{
    if (c->library)
        CNN_CRASH_GUARD(c->file, "a destructor", dlclose(c->library));
}

/* glibc's words for an allocation that failed; they stand alone, or before a ": " and errno's. A
 * file that cannot be opened for another reason than memory has errno's words behind it. */
static bool tells_of_memory(const char *words)
{
    static const char *const known[] = {"cannot allocate",
                                        "out of memory",
                                        "cannot create shared object descriptor",
                                        "cannot extend global scope",
                                        "cannot create scope list",
                                        "cannot create searchlist",
                                        "cannot create cache",
                                        "cannot create capability list"};
    static const char open_end[] = "cannot open shared object file";
    const size_t length = strlen(words), end = sizeof open_end - 1;
    bool found = length >= end && strcmp(words + length - end, open_end) == 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        found |= strcasestr(words, known[i]) != NULL;
    return found && !strstr(words, "static TLS block"); /* a limit of glibc's own */
}

/* Its words are all that is known. */
static bool refuse_to_open(cnn_candidate *c)
{
    const char *words = dlerror();
    words = words ? words : "for no reason given";
    if (tells_of_memory(words))
        cnn_out_of_memory();
    return cnn_report_add(c->report,
                          strstr(words, "Too many open files") ? CNN_EXIT_SYSTEM : CNN_EXIT_PLUGIN,
                          c->mark, "%s: it cannot be opened: %s", c->path, words);
}

static bool check_library(cnn_candidate *c)
{
    struct stat now;
    const struct stat *was = &c->stat;
    if (!c->library)
        return refuse_to_open(c);
    const bool there = stat(c->path, &now) == 0;
    if (!there && errno != ENOENT)
        return CNN_REFUSE_ERRNO(c, c->path);
    if (!there || now.st_dev != was->st_dev || now.st_ino != was->st_ino ||
        now.st_size != was->st_size || now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
        return CNN_REFUSE(c, "%s: it changed while it was being checked; try again", c->path);
    if (!c->descriptor)
        return CNN_REFUSE(
            c, "%s: it does not export cnn_plugin; a plugin ends with CNN_LOSS(...) or its like",
            c->path);
    const uintptr_t at = (uintptr_t)c->descriptor;
    if (at < c->start || at >= c->end || c->file->abi.kind_size > c->end - at)
        return CNN_REFUSE(c, "%s: cnn_plugin is not among its own data; build it anew", c->path);
    return true;
}

/* ---- after opening -------------------------------------------------------------------------- */

/* Copies what the plugin knew of its descriptor; the rest stays zero. */
static bool copy_descriptor(cnn_candidate *c)
{
    const cnn_abi *abi = &c->file->abi;
    uint32_t sizes[2]; /* struct_size, param_size */
    memcpy(sizes, c->descriptor, sizeof sizes);
    if (sizes[0] != abi->kind_size || sizes[1] != abi->param_size)
        return CNN_REFUSE(
            c,
            "%s: struct_size and param_size are %u and %u; they must be %u and %u, as its "
            "note says",
            c->path, sizes[0], sizes[1], abi->kind_size, abi->param_size);
    const size_t known = cnn_kind_at(c->kind)->size;
    memcpy(&c->file->head, c->descriptor, sizes[0] < known ? sizes[0] : known);
    c->own_name = c->file->head.name;
    c->file->head.name = c->file->name;
    return true;
}

static bool check_functions(cnn_candidate *c)
{
    const cnn_kind *kind = cnn_kind_at(c->kind);
    bool good = true;
    for (size_t i = 0; kind->required[i].name; i++) {
        function f;
        memcpy(&f, (const char *)&c->file->head + kind->required[i].offset, sizeof f);
        if (!f)
            good = CNN_REFUSE(c, "%s: %s plugin '%s': %s is NULL; it must be a function", c->path,
                              kind->name, c->name, kind->required[i].name);
    }
    return good;
}

/* Names that mean something else where a pipeline lists layers. */
static bool is_word_of_lists(const char *name)
{
    static const char *const words[] = {"input", "repeat", "residual"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

static bool check_head(cnn_candidate *c)
{
    const cnn_head *head = &c->file->head;
    if (head->kind != c->kind)
        return CNN_REFUSE(c, "%s: kind is %u; it must be %u, as its note says", c->path, head->kind,
                          c->kind);
    if (!c->own_name || strcmp(c->own_name, c->name) != 0)
        return CNN_REFUSE(c, "%s: name is '%s'; it must be '%s', as its file's", c->path,
                          c->own_name ? c->own_name : "NULL", c->name);
    if (c->kind == CNN_KIND_LAYER && is_word_of_lists(c->name))
        return CNN_REFUSE(c,
                          "%s: no layer may be called '%s', which means something else in a "
                          "pipeline's list of layers",
                          c->path, c->name);
    if (!head->summary || !*head->summary || strchr(head->summary, '\n'))
        return CNN_REFUSE(c, "%s: summary is missing or longer than a line; it must be one line",
                          c->path);
    bool reserved = head->reserved0 != 0;
    for (size_t i = 0; i < sizeof head->reserved / sizeof head->reserved[0]; i++)
        reserved |= head->reserved[i] != NULL;
    if (reserved)
        return CNN_REFUSE(c, "%s: a reserved field is set; all must be 0", c->path);
    if (head->self_size > MAX_SELF_BYTES)
        return CNN_REFUSE(c, "%s: self_size is %llu; it must be %u or less, init may allocate more",
                          c->path, (unsigned long long)head->self_size, MAX_SELF_BYTES);
    return true;
}

static bool check_parameters(cnn_candidate *c)
{
    const cnn_head *head = &c->file->head;
    const cnn_kind *kind = cnn_kind_at(c->kind);
    cnn_report inner = {0};
    const bool good = cnn_param_lint(head, c->path, &inner);
    cnn_report_merge_at(c->report, &inner, c->mark);
    if (!good || !kind->parameter)
        return good;
    for (size_t i = 0; cnn_param_at(head, i); i++) {
        const cnn_param *param = cnn_param_at(head, i);
        if (strcmp(param->name, kind->parameter) == 0 && param->type == CNN_REAL)
            return true;
    }
    return CNN_REFUSE(c, "%s: parameter '%s' is missing; %s %s must have it, of type real", c->path,
                      kind->parameter, strchr("aeiou", kind->name[0]) ? "an" : "a", kind->name);
}

/* All text that the host will ever print of it, so that a wild pointer shows here. */
static size_t count_text(const cnn_head *head)
{
    size_t bytes = head->doc ? strlen(head->doc) : 0;
    const cnn_param *p;
    for (size_t i = 0; (p = cnn_param_at(head, i)); i++) {
        bytes += strlen(p->help) + (p->fallback ? strlen(p->fallback) : 0);
        for (size_t j = 0; p->choices && p->choices[j]; j++)
            bytes += strlen(p->choices[j]);
    }
    return bytes;
}

static bool check_descriptor(cnn_candidate *c)
{
    if (!copy_descriptor(c) || !check_head(c) || !check_functions(c) || !check_parameters(c))
        return false;
    c->text_bytes = count_text(&c->file->head);
    return true;
}

bool cnn_plugin_read(cnn_candidate *c)
{
    bool good = false;
    if (!check_library(c))
        return false;
    CNN_CRASH_GUARD(c->file, cnn_crash_reading, good = check_descriptor(c));
    return good;
}

cnn_plugin_file *cnn_plugin_load(const char *found, uint32_t kind, const char *name, cnn_mark mark,
                                 cnn_report *report)
{
    char *path = cnn_path_real(found);
    cnn_candidate c = {
        .path = path ? path : found, .name = name, .kind = kind, .mark = mark, .report = report};
    if (!path) {
        (void)CNN_REFUSE_ERRNO(&c, found);
        return NULL;
    }
    c.file = cnn_alloc(1, sizeof *c.file);
    c.file->opened = path;
    c.file->name = cnn_strdup(name);
    if (cnn_plugin_check_file(&c, found, cnn_kind_least_size(cnn_kind_at(kind))) &&
        cnn_plugin_try(&c)) {
        cnn_plugin_open_library(&c, true);
        if (cnn_plugin_read(&c))
            return c.file;
    }
    cnn_plugin_unload(c.file);
    return NULL;
}

void cnn_plugin_unload(cnn_plugin_file *file)
{
    if (!file)
        return;
    free(file->path);
    free(file->opened);
    free(file->name);
    free(file);
}
