/* run_cnnrun.h - runs the built cnnrun in a child, as a user would: arguments in, text and code
 * out. */
#ifndef RUN_CNNRUN_H
#define RUN_CNNRUN_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define RUN_SECONDS (UNIT_TIMEOUT / 2) /* after which a child hangs, and is killed */
#define RUN_ARGUMENTS 64

extern char **environ;

/* All text handed out here lives until the test ends, which is its process's end. */
static inline char *run_keep(char *text)
{
    static char **kept; /* reachable, so that no leak is reported */
    static size_t count;
    ck_assert_ptr_nonnull(text);
    kept = realloc(kept, (count + 1) * sizeof *kept);
    return kept[count++] = text;
}

/* Formats. */
__attribute__((format(printf, 1, 2))) static inline const char *run_text(const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    ck_assert_int_lt(vsnprintf(text, sizeof text, format, args), (int)sizeof text);
    va_end(args);
    return run_keep(strdup(text));
}

/* What a child that ended has left. */
typedef struct run_result {
    int code; /* its exit code, or minus the signal that killed it */
    char *out, *err;
} run_result;

typedef struct run_child {
    pid_t pid;
    FILE *out, *err;
} run_child;

/* `file` is the program, of which the child sees the name "cnnrun"; arguments end with NULL. */
static inline run_child run_spawn(const char *file, const char *const *arguments)
{
    run_child child = {0, tmpfile(), tmpfile()};
    ck_assert(child.out && child.err);
    union { /* posix_spawn takes pointers to what it does not change */
        const char *in[RUN_ARGUMENTS + 2];
        char *out[RUN_ARGUMENTS + 2];
    } list = {{strcmp(strrchr(file, '/'), "/cnnrun") == 0 ? "cnnrun" : file}};
    for (size_t i = 0; arguments[i]; i++) {
        ck_assert_uint_lt(i, RUN_ARGUMENTS);
        list.in[i + 1] = arguments[i];
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(child.out), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(child.err), 2);
    ck_assert_int_eq(posix_spawn(&child.pid, file, &actions, NULL, list.out, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static inline void run_pause(void)
{
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static inline char *run_read(FILE *file)
{
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    char *text = run_keep(calloc((size_t)size + 1, 1));
    rewind(file);
    ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}

/* Waits for the end of a child. */
static inline run_result run_wait(run_child child)
{
    const time_t end = time(NULL) + RUN_SECONDS;
    int status;
    pid_t ended;
    while ((ended = waitpid(child.pid, &status, WNOHANG)) == 0 && time(NULL) < end)
        run_pause();
    if (ended != child.pid) {
        kill(child.pid, SIGKILL);
        waitpid(child.pid, &status, 0);
        ck_abort_msg("it did not end: %s", run_read(child.err));
    }
    return (run_result){WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                        run_read(child.out), run_read(child.err)};
}

/* Its absolute path; a test that changes the folder asks once before. */
static inline const char *run_program(void)
{
    static char path[4096];
    char here[2048] = "";
    if (path[0])
        return path;
    if (unit_build()[0] != '/')
        ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    (void)snprintf(path, sizeof path, "%s%s%s/cnnrun", here, here[0] ? "/" : "", unit_build());
    return path;
}

/* Starts cnnrun with the words of a formatted line, which are what stands between spaces. */
__attribute__((format(printf, 1, 0))) static inline run_child run_start_va(const char *format,
                                                                           va_list args)
{
    static char line[4096];
    const char *words[RUN_ARGUMENTS + 1] = {NULL};
    ck_assert_int_lt(vsnprintf(line, sizeof line, format, args), (int)sizeof line);
    size_t count = 0;
    for (char *word = strtok(line, " "); word && count < RUN_ARGUMENTS; word = strtok(NULL, " "))
        words[count++] = word;
    return run_spawn(run_program(), words);
}

__attribute__((format(printf, 1, 2))) static inline run_child run_start(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const run_child child = run_start_va(format, args);
    va_end(args);
    return child;
}

__attribute__((format(printf, 1, 2))) static inline run_result run_cnnrun(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const run_result result = run_wait(run_start_va(format, args));
    va_end(args);
    return result;
}

#define run_exits(RESULT, CODE)                                                                    \
    do {                                                                                           \
        const run_result run_seen = (RESULT);                                                      \
        ck_assert_msg(run_seen.code == (CODE), "exit %d, expected %d:\n%s%s", run_seen.code,       \
                      (CODE), run_seen.out, run_seen.err);                                         \
    } while (0)

#endif
