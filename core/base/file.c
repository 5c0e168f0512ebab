/* file.c - whole files: read with a bound, written so that a kill leaves the old or the new one. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

int cnn_errno_code(int error, int code)
{
    if (error == ENOMEM)
        cnn_out_of_memory();
    return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOLCK
               ? CNN_EXIT_SYSTEM
               : code;
}

bool cnn_errno_fault(const char *path, const char *what, int code, cnn_mark mark,
                     cnn_report *report)
{
    const int error = errno;
    return cnn_report_add(report, cnn_errno_code(error, code), mark, "%s: %s%s%s", path,
                          what ? what : "", what ? ": " : "", strerror(error));
}

static bool fault(const char *path, const char *what, int code, cnn_report *report)
{
    return cnn_errno_fault(path, what, code, CNN_NOWHERE, report);
}

/* At most `size` bytes from `offset` on, since the file may have grown; fewer if it shrank. -1 and
 * errno. */
static int64_t read_all(int fd, uint64_t offset, char *data, uint64_t size)
{
    uint64_t used = 0;
    while (used < size) {
        const ssize_t got = pread(fd, data + used, size - used, (off_t)(offset + used));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (int64_t)used;
        used += (uint64_t)got;
    }
    return (int64_t)used;
}

int cnn_file_open(const char *path, int code, uint64_t *size, cnn_report *report)
{
    /* O_NONBLOCK: opening a fifo must not wait for its writer. */
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        fault(path, "cannot be read", code, report);
    } else if (!S_ISREG(status.st_mode)) {
        cnn_report_add(report, code, CNN_NOWHERE, "%s: must be a regular file, but it is not",
                       path);
    } else {
        *size = (uint64_t)status.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

bool cnn_file_read_part(int file, const char *path, uint64_t offset, void *data, uint64_t size,
                        int code, cnn_report *report)
{
    const int64_t got = read_all(file, offset, data, size);
    if (got < 0)
        return fault(path, "cannot be read", code, report);
    return (uint64_t)got == size ||
           cnn_report_add(report, code, CNN_NOWHERE, "%s: became shorter while it was read", path);
}

static char *read_open(int fd, const char *path, uint64_t limit, int code, uint64_t *size,
                       cnn_report *report)
{
    if (*size > limit) {
        cnn_report_add(report, code, CNN_NOWHERE,
                       "%s: has %" PRIu64 " bytes; at most %" PRIu64 " are expected", path, *size,
                       limit);
        return NULL;
    }
    char *data = malloc((size_t)*size + 1);
    if (!data)
        cnn_out_of_memory();
    const int64_t got = read_all(fd, 0, data, *size);
    if (got < 0) {
        fault(path, "cannot be read", code, report);
        free(data);
        return NULL;
    }
    data[got] = 0;
    *size = (uint64_t)got;
    return data;
}

bool cnn_file_read(const char *path, uint64_t limit, int code, char **data, uint64_t *size,
                   cnn_report *report)
{
    const int fd = cnn_file_open(path, code, size, report);
    *data = fd >= 0 ? read_open(fd, path, limit, code, size, report) : NULL;
    if (fd >= 0)
        close(fd);
    return *data != NULL;
}

bool cnn_file_is_missing(const char *path)
{
    struct stat status;
    return lstat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool cnn_file_look(const char *path, bool *there, const char *what, int code, cnn_report *report)
{
    struct stat status;
    *there = lstat(path, &status) == 0;
    return *there || errno == ENOENT || errno == ENOTDIR || fault(path, what, code, report);
}

static bool write_all(int fd, const cnn_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *from = pieces[i].data;
        for (uint64_t left = pieces[i].size; left > 0;) {
            const ssize_t done = write(fd, from, left);
            if (done < 0 && errno == EINTR)
                continue;
            if (done < 0)
                return false;
            from += done;
            left -= (uint64_t)done;
        }
    }
    return true;
}

/* A new file with the pieces, on the disk. What a killed run left under this name goes first. */
static bool write_new(const char *path, const cnn_piece *pieces, size_t count)
{
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return false;
    bool good = write_all(fd, pieces, count) && fsync(fd) == 0;
    const int reason = errno;
    if (close(fd) == 0)
        errno = reason;
    else
        good = false;
    return good;
}

/* Gives what is at the path a second name, `previous`, whatever had that name before: through a
 * name of its own, so that at every instant both are there and whole. Where the file system has no
 * hard links, the path is renamed, and nothing is at it until the new file comes. */
static bool keep(const char *path, const char *previous)
{
    char *second = cnn_format("%s" CNN_FILE_TEMPORARY, previous);
    unlink(second);
    bool good = link(path, second) == 0;
    const bool links = good || (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS);
    good = good ? rename(second, previous) == 0 : !links && rename(path, previous) == 0;
    const int reason = errno;
    unlink(second); /* also where both names were one file already, which rename leaves alone */
    free(second);
    errno = reason;
    return good;
}

/* A descriptor of the folder that holds the path, or -1 and errno. */
static int open_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? cnn_format("%.*s", (int)(slash - path + 1), path) : cnn_strdup(".");
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int reason = errno;
    free(folder);
    errno = reason;
    return fd;
}

bool cnn_file_write(const char *path, const char *previous, const cnn_piece *pieces, size_t count,
                    cnn_report *report)
{
    struct stat status;
    const bool exists = lstat(path, &status) == 0;
    if (!exists && errno != ENOENT)
        return fault(path, "cannot be written", CNN_EXIT_OUTPUT, report);
    /* Renaming over /dev/null would replace the device. */
    if (exists && !S_ISREG(status.st_mode))
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              "%s: only a regular file can be replaced, and it is none", path);
    const int folder = open_folder_of(path);
    if (folder < 0)
        return fault(path, "cannot be written", CNN_EXIT_OUTPUT, report);
    char *temporary = cnn_format("%s" CNN_FILE_TEMPORARY, path);
    bool good = write_new(temporary, pieces, count);
    const bool kept = !good || !previous || !exists || keep(path, previous);
    good = good && kept && rename(temporary, path) == 0;
    int reason = errno;
    if (!good) {
        unlink(temporary);
    } else if (fsync(folder) != 0 && errno != EINVAL) { /* EINVAL: not for this file system */
        reason = errno;
        good = false;
    }
    close(folder);
    free(temporary);
    errno = reason;
    if (kept)
        return good || fault(path, "cannot be written", CNN_EXIT_OUTPUT, report);
    char *what = cnn_format("cannot be kept as %s", previous);
    (void)fault(path, what, CNN_EXIT_OUTPUT, report);
    free(what);
    return false;
}

/* Cuts an open file, adds to it, and has it on the disk. */
static bool extend(int fd, uint64_t length, const cnn_piece *piece)
{
    return ftruncate(fd, (off_t)length) == 0 && lseek(fd, (off_t)length, SEEK_SET) >= 0 &&
           write_all(fd, piece, 1) && fsync(fd) == 0;
}

bool cnn_file_extend(const char *path, uint64_t length, const void *bytes, uint64_t count,
                     cnn_report *report)
{
    const int make = length ? 0 : O_CREAT;
    const int fd = open(path, O_WRONLY | make | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    const cnn_piece piece = {bytes, count};
    struct stat status;
    bool good = false;
    if (fd < 0 || fstat(fd, &status) != 0)
        fault(path, "cannot be written", CNN_EXIT_OUTPUT, report);
    else if (!S_ISREG(status.st_mode))
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: must be a regular file, but it is not", path);
    else if ((uint64_t)status.st_size < length)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: has %" PRIu64 " bytes, but the run has written %" PRIu64, path,
                       (uint64_t)status.st_size, length);
    else
        good =
            extend(fd, length, &piece) || fault(path, "cannot be written", CNN_EXIT_OUTPUT, report);
    if (fd >= 0)
        close(fd);
    return good;
}

bool cnn_folder_make(const char *path, cnn_report *report)
{
    char *part = cnn_strdup(path);
    struct stat status;
    bool good = true;
    char *end = part;
    do {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        const char kept = *end;
        *end = 0;
        /* What mkdir says of a folder that is there differs (EEXIST, EROFS); so look. */
        if (mkdir(part, 0777) != 0) {
            const int reason = errno;
            const bool known = stat(part, &status) == 0;
            good = known && S_ISDIR(status.st_mode);
            if (reason != EEXIST)
                errno = reason;
            else if (known || errno == ENOENT) /* a link to nothing */
                errno = ENOTDIR;
        }
        if (!good)
            fault(part, "cannot be made a folder", CNN_EXIT_OUTPUT, report);
        *end = kept;
    } while (good && *end);
    free(part);
    return good;
}

char *cnn_path_absolute(const char *path)
{
    if (path[0] == '/')
        return cnn_strdup(path);
    while (path[0] == '.' && path[1] == '/')
        path += 1 + strspn(path + 1, "/");
    char *here = getcwd(NULL, 0);
    if (!here && errno == ENOMEM)
        cnn_out_of_memory();
    char *absolute =
        here ? cnn_path_join(here, path) : cnn_strdup(path); /* the folder is deleted */
    free(here);
    return absolute;
}

char *cnn_path_real(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real && errno == ENOMEM)
        cnn_out_of_memory();
    return real;
}

char *cnn_path_join(const char *folder, const char *name)
{
    const size_t length = strlen(folder);
    return cnn_format("%s%s%s", folder, length == 0 || folder[length - 1] == '/' ? "" : "/", name);
}

struct cnn_hash {
    struct sha256_ctx context;
};

cnn_hash *cnn_hash_new(void)
{
    cnn_hash *hash = cnn_alloc(1, sizeof *hash);
    sha256_init(&hash->context);
    return hash;
}

void cnn_hash_add(cnn_hash *hash, const void *data, size_t size)
{
    sha256_update(&hash->context, size, data);
}

void cnn_hash_end(cnn_hash *hash, char hex[CNN_SHA256_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&hash->context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    free(hash);
}

void cnn_sha256(const cnn_piece *pieces, size_t count, char hex[CNN_SHA256_HEX])
{
    cnn_hash *hash = cnn_hash_new();
    for (size_t i = 0; i < count; i++)
        cnn_hash_add(hash, pieces[i].data, pieces[i].size);
    cnn_hash_end(hash, hex);
}
