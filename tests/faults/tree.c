/* tree.c - folders of the walk: copied, listed, removed. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "walk.h"

/* The entries of a folder but "." and "..", sorted; -1 if there is none. */
static int entries_of(const char *path, struct dirent ***entries)
{
    const int count = scandir(path, entries, NULL, alphasort);
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp((*entries)[i]->d_name, ".") == 0 || strcmp((*entries)[i]->d_name, "..") == 0)
            free((*entries)[i]);
        else
            (*entries)[kept++] = (*entries)[i];
    }
    return count < 0 ? -1 : kept;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Calls `each` with the path of every entry, which is freed behind it. */
static void for_each(const char *path, void (*each)(const char *path, const char *name, void *to),
                     void *to)
{
    struct dirent **entries;
    const int count = entries_of(path, &entries);
    for (int i = 0; i < count; i++) {
        char *below = walk_text("%s/%s", path, entries[i]->d_name);
        each(below, entries[i]->d_name, to);
        free(below);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static void remove_entry(const char *path, const char *name, void *to)
{
    (void)name, (void)to;
    if (is_folder(path))
        tree_remove(path);
    else
        unlink(path);
}

void tree_remove(const char *path)
{
    for_each(path, remove_entry, NULL);
    if (rmdir(path) != 0 && errno != ENOENT)
        walk_die("%s: cannot be removed: %s", path, strerror(errno));
}

static void copy_file(const char *from, const char *to)
{
    size_t size;
    char *bytes = walk_file(from, &size);
    const int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (!bytes || fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd) != 0)
        walk_die("%s cannot be copied to %s: %s", from, to, strerror(errno));
    free(bytes);
}

static void copy_entry(const char *path, const char *name, void *to)
{
    char *target = walk_text("%s/%s", (const char *)to, name);
    if (is_folder(path))
        tree_copy(path, target);
    else
        copy_file(path, target);
    free(target);
}

void tree_copy(const char *from, const char *to)
{
    char *target = walk_text("%s", to);
    if (mkdir(to, 0777) != 0)
        walk_die("%s: %s", to, strerror(errno));
    for_each(from, copy_entry, target);
    free(target);
}

typedef struct listing {
    char **names;
    size_t count, skip; /* bytes of the folder's own path */
} listing;

static void list_entry(const char *path, const char *name, void *to)
{
    listing *l = to;
    (void)name;
    const bool folder = is_folder(path);
    const size_t length = strlen(path);
    if (folder)
        for_each(path, list_entry, l);
    if (folder && (length < 4 || strcmp(path + length - 4, ".tmp") != 0))
        return;
    l->names = realloc(l->names, (l->count + 2) * sizeof *l->names);
    if (!l->names)
        walk_die("out of memory");
    l->names[l->count++] = walk_text("%s%s", path + l->skip, folder ? "/" : "");
}

char **tree_list(const char *path)
{
    listing l = {.names = calloc(1, sizeof *l.names), .skip = strlen(path) + 1};
    for_each(path, list_entry, &l);
    l.names[l.count] = NULL;
    return l.names;
}

void tree_list_free(char **list)
{
    for (char **at = list; *at; at++)
        free(*at);
    free(list);
}
