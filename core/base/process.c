/* process.c - the one way to start another program; the CPUs that this process may use. */
#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT, prlimit */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

extern char **environ;

/* Whether both are "NAME=..." of the same name. */
static bool same_name(const char *a, const char *b)
{
    const size_t length = strcspn(a, "=") + 1;
    return strncmp(a, b, length) == 0;
}

/* Our environment with the settings; the caller frees the list, not its texts. */
static char **environment(const char *const *settings)
{
    size_t have = 0, count = 0;
    for (; environ[have]; have++)
        continue;
    for (; settings && settings[count]; count++)
        continue;
    char **list = cnn_alloc(have + count + 1, sizeof *list), **end = list;
    for (size_t i = 0; i < have; i++) {
        bool kept = true;
        for (size_t s = 0; s < count; s++)
            kept &= !same_name(settings[s], environ[i]);
        if (kept)
            *end++ = environ[i];
    }
    if (count)
        memcpy(end, settings, count * sizeof *list);
    return list;
}

static int redirect(posix_spawn_file_actions_t *actions, const cnn_launch *launch)
{
    int error = 0;
    for (int fd = 0; fd < 3 && !error; fd++) {
        const int from = launch->streams[fd];
        if (from == CNN_STREAM_NONE)
            error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null",
                                                     fd == 0 ? O_RDONLY : O_WRONLY, 0);
        else if (from != CNN_STREAM_OURS)
            error = posix_spawn_file_actions_adddup2(actions, from, fd);
    }
    return error;
}

int cnn_process_start(const cnn_launch *launch, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = redirect(&actions, launch);
        if (!error && launch->own_group) /* by default group 0, which is its own */
            error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        char **values = environment(launch->settings);
        if (!error)
            error = posix_spawnp(child, launch->program, &actions, &attributes, launch->arguments,
                                 values);
        free(values);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int cnn_process_run(const cnn_launch *launch, int *status)
{
    pid_t child, ended = 0;
    *status = 0;
    const int error = cnn_process_start(launch, &child);
    if (error)
        return error;
    if (launch->file_bytes) {
        const struct rlimit limit = {launch->file_bytes, launch->file_bytes};
        (void)prlimit(child, RLIMIT_FSIZE, &limit, NULL);
    }
    const double end = cnn_clock_now() + launch->seconds;
    while (launch->seconds > 0 && (ended = waitpid(child, status, WNOHANG)) == 0 &&
           cnn_clock_now() < end)
        cnn_clock_sleep(0.005);
    if (launch->seconds > 0 && ended == 0)
        (void)kill(child, SIGKILL);
    while (ended <= 0 && (ended = waitpid(child, status, 0)) < 0 && errno == EINTR)
        continue;
    return 0;
}

int cnn_process_become(const char *program, char *const *arguments, cnn_report *report)
{
    execv(program, arguments);
    (void)cnn_errno_fault(program, "cannot be started", CNN_EXIT_SYSTEM, CNN_NOWHERE, report);
    return CNN_EXIT_SYSTEM;
}

size_t cnn_process_cpus(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    const int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

void cnn_process_caches(uint64_t bytes[3])
{
    static const uint64_t usual[] = {32768, 524288, 8388608};
    static const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                                _SC_LEVEL3_CACHE_SIZE};
    for (size_t i = 0; i < 3; i++) {
        const long size = sysconf(names[i]);
        bytes[i] = size > 0 ? (uint64_t)size : usual[i];
    }
}
