/* shim_calls.c - the calls to the system that the shim stands in for, memory apart.
 *
 * What libc does inside of itself (a stream's read and write, the dynamic linker's mmap) does not
 * come here. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim_private.h"

/* A call that is RESULT = REAL, or gives FAILED. */
#define PLAIN(TYPE, FAILED, CLASS, NAME, PATH, FD, ...)                                            \
    const shim_call call = shim_begin(CLASS, #NAME, PATH, FD);                                     \
    if (call.fails)                                                                                \
        return FAILED;                                                                             \
    TYPE result = REAL(NAME)(__VA_ARGS__);                                                         \
    shim_end(&call);                                                                               \
    return result

/* ---- opening --------------------------------------------------------------------------------- */

static mode_t mode_of(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPEN(NAME)                                                                                 \
    int NAME(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        const mode_t mode = mode_of(flags, args);                                                  \
        va_end(args);                                                                              \
        PLAIN(int, -1, SHIM_open, NAME, path, -1, path, flags, mode);                              \
    }
#define OPENAT(NAME)                                                                               \
    int NAME(int at, const char *path, int flags, ...)                                             \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        const mode_t mode = mode_of(flags, args);                                                  \
        va_end(args);                                                                              \
        PLAIN(int, -1, SHIM_open, NAME, path, -1, at, path, flags, mode);                          \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

FILE *fopen(const char *path, const char *mode)
{
    PLAIN(FILE *, NULL, SHIM_open, fopen, path, -1, path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    PLAIN(FILE *, NULL, SHIM_open, fopen64, path, -1, path, mode);
}

FILE *tmpfile(void)
{
    const shim_call call = shim_begin(SHIM_open, "tmpfile", P_tmpdir, -1);
    if (call.fails)
        return NULL;
    FILE *result = REAL(tmpfile)();
    shim_end(&call);
    return result;
}

DIR *opendir(const char *path)
{
    PLAIN(DIR *, NULL, SHIM_open, opendir, path, -1, path);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

#define CUT(SIZE) (call.cut && (SIZE) > 1 ? (SIZE) / 2 : (SIZE))

ssize_t read(int fd, void *to, size_t size)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_read), read, NULL, fd, fd, to, CUT(size));
}

ssize_t pread(int fd, void *to, size_t size, off_t at)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_read), pread, NULL, fd, fd, to, CUT(size), at);
}

ssize_t pread64(int fd, void *to, size_t size, off64_t at)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_read), pread64, NULL, fd, fd, to, CUT(size), at);
}

ssize_t write(int fd, const void *from, size_t size)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_write), write, NULL, fd, fd, from, CUT(size));
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_write), pwrite, NULL, fd, fd, from, CUT(size), at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at)
{
    PLAIN(ssize_t, -1, shim_class_of(fd, SHIM_write), pwrite64, NULL, fd, fd, from, CUT(size), at);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

int fsync(int fd)
{
    PLAIN(int, -1, SHIM_fsync, fsync, NULL, fd, fd);
}

int fdatasync(int fd)
{
    PLAIN(int, -1, SHIM_fsync, fdatasync, NULL, fd, fd);
}

/* One that fails has closed it all the same, as on Linux. */
int close(int fd)
{
    const shim_call call = shim_begin(shim_class_of(fd, SHIM_close), "close", NULL, fd);
    const int reason = errno, result = REAL(close)(fd);
    shim_end(&call);
    if (call.fails)
        errno = reason;
    return call.fails ? -1 : result;
}

int fclose(FILE *file)
{
    const int fd = fileno(file);
    const shim_call call = shim_begin(shim_class_of(fd, SHIM_close), "fclose", NULL, fd);
    const int reason = errno, result = REAL(fclose)(file);
    shim_end(&call);
    if (call.fails)
        errno = reason;
    return call.fails ? EOF : result;
}

int flock(int fd, int operation)
{
    PLAIN(int, -1, SHIM_flock, flock, NULL, fd, fd, operation);
}

int fchdir(int fd)
{
    PLAIN(int, -1, SHIM_chdir, fchdir, NULL, fd, fd);
}

int fstat(int fd, struct stat *status)
{
    PLAIN(int, -1, SHIM_stat, fstat, NULL, fd, fd, status);
}

/* ---- names ----------------------------------------------------------------------------------- */

int stat(const char *path, struct stat *status)
{
    PLAIN(int, -1, SHIM_stat, stat, path, -1, path, status);
}

int lstat(const char *path, struct stat *status)
{
    PLAIN(int, -1, SHIM_stat, lstat, path, -1, path, status);
}

int chdir(const char *path)
{
    PLAIN(int, -1, SHIM_chdir, chdir, path, -1, path);
}

int rename(const char *from, const char *to)
{
    PLAIN(int, -1, SHIM_rename, rename, to, -1, from, to);
}

int link(const char *from, const char *to)
{
    PLAIN(int, -1, SHIM_link, link, from, -1, from, to);
}

int unlink(const char *path)
{
    PLAIN(int, -1, SHIM_unlink, unlink, path, -1, path);
}

int mkdir(const char *path, mode_t mode)
{
    PLAIN(int, -1, SHIM_mkdir, mkdir, path, -1, path, mode);
}

/* ---- processes and threads ------------------------------------------------------------------- */

pid_t fork(void)
{
    const shim_call call = shim_begin(SHIM_fork, "fork", NULL, -1);
    if (call.fails)
        return -1;
    const pid_t result = REAL(fork)();
    shim_end(&call);
    return result;
}

int execv(const char *path, char *const arguments[])
{
    PLAIN(int, -1, SHIM_fork, execv, path, -1, path, arguments);
}

/* These give their error, and leave errno. */
#define GIVES_ERROR(CLASS, NAME, PATH, ...)                                                        \
    const int kept = errno;                                                                        \
    const shim_call call = shim_begin(CLASS, #NAME, PATH, -1);                                     \
    const int reason = errno;                                                                      \
    errno = kept;                                                                                  \
    if (call.fails)                                                                                \
        return reason;                                                                             \
    const int result = REAL(NAME)(__VA_ARGS__);                                                    \
    shim_end(&call);                                                                               \
    return result

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const arguments[], char *const values[])
{
    GIVES_ERROR(SHIM_fork, posix_spawn, path, pid, path, actions, attributes, arguments, values);
}

int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const arguments[], char *const values[])
{
    GIVES_ERROR(SHIM_fork, posix_spawnp, path, pid, path, actions, attributes, arguments, values);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *context)
{
    GIVES_ERROR(SHIM_pthread_create, pthread_create, NULL, thread, attributes, run, context);
}
