/* plot_folder.c - the folder of plots: files are made in a fresh folder beside it, and renamed into
 * it. */
#include "report/plot_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

static bool fault(const char *path, const char *what, cnn_report *report)
{
    return cnn_errno_fault(path, what, CNN_EXIT_OUTPUT, CNN_NOWHERE, report);
}

/* A descriptor of a real folder, which is made if need be; -1 with a fault. */
static int open_folder(const char *path, cnn_report *report)
{
    struct stat facts;
    if (lstat(path, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: must be a folder, and is a %s",
                       path, S_ISLNK(facts.st_mode) ? "link" : "file");
        return -1;
    }
    if (!cnn_folder_make(path, report))
        return -1;
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        fault(path, "cannot be opened", report);
    return fd;
}

static bool is_of_a_plot(const char *name)
{
    static const char *const ends[] = {".dat", ".svg", ".png", ".gp", ".dot", ".tmp"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(dot, ends[i]) == 0)
            return true;
    return false;
}

/* Empties DIR.tmp. A file that no plot has was put there by somebody who may want it back. */
static bool sweep(const page_folder *folder, cnn_report *report)
{
    const int fd = openat(folder->fresh_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    bool good = true;
    if (!stream) {
        fault(folder->fresh, "cannot be read", report);
        if (fd >= 0)
            close(fd);
        return false;
    }
    for (struct dirent *entry; good && (entry = readdir(stream)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (!is_of_a_plot(name))
            good =
                cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                               "%s/%s: is in the way of the plots; remove it", folder->fresh, name);
        else if (unlinkat(folder->fresh_fd, name, 0) != 0)
            good = fault(folder->fresh, name, report);
    }
    closedir(stream);
    return good;
}

bool page_folder_open(page_folder *folder, const char *dir, cnn_report *report)
{
    *folder =
        (page_folder){cnn_strdup(dir), cnn_format("%s.tmp", dir), cnn_path_real("."), -1, -1, -1};
    folder->dir_fd = open_folder(folder->dir, report);
    if (folder->dir_fd < 0)
        return false;
    while (flock(folder->dir_fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    folder->fresh_fd = open_folder(folder->fresh, report);
    if (folder->fresh_fd < 0 || !sweep(folder, report))
        return false;
    folder->outer_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->outer_fd < 0)
        return fault(".", "cannot be opened", report);
    return fchdir(folder->fresh_fd) == 0 || fault(folder->fresh, "cannot be entered", report);
}

bool page_folder_keep(const page_folder *folder, const char *name, cnn_report *report)
{
    if (renameat(folder->fresh_fd, name, folder->dir_fd, name) == 0)
        return true;
    char *path = cnn_path_join(folder->dir, name);
    fault(path, "cannot be written", report);
    free(path);
    return false;
}

bool page_folder_close(page_folder *folder, cnn_report *report)
{
    cnn_report ignored = {0}; /* what cannot be removed now is found by the next page */
    bool good = true;
    if (folder->fresh_fd >= 0)
        (void)sweep(folder, &ignored);
    if (folder->outer_fd >= 0) {
        if (fchdir(folder->outer_fd) != 0)
            good = fault(folder->outer ? folder->outer : ".", "cannot be entered again", report);
        close(folder->outer_fd);
    }
    if (folder->fresh_fd >= 0) {
        (void)rmdir(folder->fresh);
        close(folder->fresh_fd);
    }
    if (folder->dir_fd >= 0)
        close(folder->dir_fd);
    free(folder->dir);
    free(folder->fresh);
    free(folder->outer);
    cnn_report_free(&ignored);
    return good;
}
