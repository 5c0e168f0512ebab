/* list.c - which plugins the folders hold, and what cannot be said of them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "plugin/private.h"

bool cnn_plugins_is_missing(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

/* The kind of a file in a folder that holds all kinds; 0 where it is no plugin. */
static uint32_t kind_of(const char *path, const cnn_plugin_question *q)
{
    cnn_report inner = {0};
    cnn_abi abi;
    struct stat s;
    if (stat(path, &s) != 0) {
        if (!cnn_plugins_is_missing(errno))
            (void)cnn_errno_fault(path, "cannot be read", CNN_EXIT_PLUGIN, q->mark, q->report);
        return 0;
    }
    const bool good =
        S_ISREG(s.st_mode) && cnn_plugin_peek(path, &abi, &inner) && cnn_kind_name(abi.kind);
    cnn_report_merge_at(q->report, &inner, q->mark);
    return good ? abi.kind : 0;
}

static void add_entry(cnn_plugin_listing *list, const char *folder, const char *file, uint32_t kind,
                      const cnn_plugin_question *q)
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
static void list_folder(cnn_plugin_listing *list, const char *folder, uint32_t kind,
                        const cnn_plugin_question *q)
{
    DIR *dir = opendir(folder);
    if (!dir) {
        if (!cnn_plugins_is_missing(errno))
            (void)cnn_errno_fault(folder, "cannot be read", CNN_EXIT_PLUGIN, q->mark, q->report);
        return;
    }
    struct dirent *file;
    while ((void)(errno = 0), (file = readdir(dir)))
        add_entry(list, folder, file->d_name, kind, q);
    if (errno)
        (void)cnn_errno_fault(folder, "cannot be read", CNN_EXIT_PLUGIN, q->mark, q->report);
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

cnn_plugin_listing cnn_plugins_search(const char *const *folders, size_t count,
                                      const cnn_plugin_question *q)
{
    cnn_plugin_listing list = {cnn_alloc(1, sizeof *list.entries), 0};
    for (size_t i = 0; i < count; i++) {
        list_folder(&list, folders[i], 0, q);
        for (uint32_t kind = 1; kind <= CNN_KINDS; kind++) {
            char *folder = cnn_path_join(folders[i], cnn_kind_name(kind));
            list_folder(&list, folder, kind, q);
            free(folder);
        }
    }
    qsort(list.entries, list.count, sizeof *list.entries, by_kind_and_name);
    return list;
}

bool cnn_plugins_same_file(const char *a, const char *b, const cnn_plugin_question *q)
{
    struct stat s, t;
    const char *bad = stat(a, &s) != 0 ? a : stat(b, &t) != 0 ? b : NULL;
    if (bad && !cnn_plugins_is_missing(errno))
        return cnn_errno_fault(bad, "cannot be read", CNN_EXIT_PLUGIN, q->mark, q->report);
    return !bad && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

void cnn_plugin_entries_free(cnn_plugin_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
        free(entries[i].path);
    }
    free(entries);
}
