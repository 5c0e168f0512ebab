/* process.c - runs cnnrun under a fault, and waits for all that comes of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "walk.h"

#define PATIENCE 60 /* seconds until a run is said to hang */
#define MAX_WORDS 24

char walk_build[4096];
bool walk_gnuplot;
const char *walk_stop_at;

const char *fault_class_name(enum shim_class class)
{
#define CLASS_NAME(name) #name,
    static const char *const names[] = {SHIM_CLASS_LIST(CLASS_NAME)};
    return names[class];
}

const char *fault_mode_name(enum shim_mode mode)
{
    static const char *const names[] = SHIM_MODE_NAMES;
    return names[mode];
}

/* ---- worlds ---------------------------------------------------------------------------------- */

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0)
        walk_die("%s: %s", path, strerror(errno));
}

world world_make(const char *parent, unsigned number)
{
    world w = {.root = walk_text("%s/%u", parent, number)};
    w.here = walk_text("%s/here", w.root);
    w.out = walk_text("%s/out", w.root);
    w.err = walk_text("%s/err", w.root);
    w.state_path = walk_text("%s/state", w.root);
    make_folder(w.root);
    make_folder(w.here);
    char *empty = walk_text("%s/bin", w.root);
    make_folder(empty);
    free(empty);
    const int fd = open(w.state_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || ftruncate(fd, sizeof(shim_state)) != 0)
        walk_die("%s: %s", w.state_path, strerror(errno));
    w.state = mmap(NULL, sizeof(shim_state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (w.state == MAP_FAILED)
        walk_die("%s: %s", w.state_path, strerror(errno));
    close(fd);
    /* What a killed run leaves behind becomes ours, so that we can wait for it. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return w;
}

/* ---- starting -------------------------------------------------------------------------------- */

/* The environment: little, so that every run has the same. With a fault, the shim. */
static void set_environment(const world *w, const fault *f, char *values[12])
{
    size_t count = 0;
    values[count++] =
        walk_gnuplot ? walk_text("PATH=%s", getenv("PATH")) : walk_text("PATH=%s/bin", w->root);
    values[count++] = walk_text("ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0:exitcode=99");
    values[count++] = walk_text("UBSAN_OPTIONS=exitcode=99");
    values[count++] = walk_text("HOME=%s", w->here);
    values[count++] = walk_text("CNNRUN_PLUGIN_PATH=%s/faults/plugins", walk_build);
    if (walk_stop_at)
        values[count++] = walk_text("CNNRUN_STOP_AT=%s", walk_stop_at);
    if (f) {
        values[count++] = walk_text("LD_PRELOAD=%s/faults/shim.so", walk_build);
        values[count++] =
            walk_text(SHIM_VARIABLE "=state=%s call=%s n=%lu mode=%s errno=%s process=%s",
                      w->state_path, fault_class_name(f->class), f->n, fault_mode_name(f->mode),
                      f->error, f->first ? "first" : "all");
    }
    values[count] = NULL;
}

static size_t split(char *line, char *words[MAX_WORDS])
{
    size_t count = 0;
    char *rest;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        if (count + 1 >= MAX_WORDS)
            walk_die("too many words in a command");
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static int spawn(const world *w, const char *arguments, const fault *f)
{
    char *program = walk_text("%s/cnnrun", walk_build);
    char *line = walk_text("cnnrun %s", arguments);
    char *words[MAX_WORDS], *values[12];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    split(line, words);
    set_environment(w, f, values);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, w->out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_addopen(&actions, 2, w->err, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_addchdir_np(&actions, w->here);
    const int error = posix_spawn(&pid, program, &actions, &attributes, words, values);
    if (error)
        walk_die("%s cannot be started: %s", program, strerror(error));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    for (char **value = values; *value; value++)
        free(*value);
    free(program);
    free(line);
    return pid;
}

/* ---- waiting --------------------------------------------------------------------------------- */

/* Kills every child, and children's children as they become ours, until none is left. */
static void kill_all(void)
{
    char *path = walk_text("/proc/self/task/%d/children", (int)getpid()), line[4096];
    for (;;) {
        FILE *list = fopen(path, "r");
        if (list && fgets(line, sizeof line, list))
            for (char *at = line, *end; *at; at = end + (*end == ' '))
                kill((pid_t)strtol(at, &end, 10), SIGKILL);
        if (list)
            fclose(list);
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
            break;
    }
    free(path);
}

outcome process_wait(const world *w, int pid)
{
    outcome o = {0};
    const double end = cnn_clock_now() + PATIENCE;
    sigset_t set;
    int status;
    pid_t ended;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    while ((ended = waitpid(-1, &status, WNOHANG)) >= 0) {
        const double left = end - cnn_clock_now();
        if (ended == pid)
            o.code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
        if (left <= 0) {
            o.hung = true;
            kill_all();
            break;
        }
        if (ended == 0)
            (void)sigtimedwait(&set, NULL, &(struct timespec){(time_t)left, 100000000});
    }
    o.out = walk_file(w->out, NULL);
    o.err = walk_file(w->err, NULL);
    if (!o.out || !o.err)
        walk_die("the output of a run cannot be read");
    return o;
}

int process_start(const world *w, const char *arguments)
{
    return spawn(w, arguments, NULL);
}

outcome process_run(const world *w, const char *arguments, const fault *f)
{
    memset(w->state, 0, sizeof *w->state);
    outcome o = process_wait(w, spawn(w, arguments, f));
    if (o.code == 125)
        walk_die("the shim refuses: %s", o.err);
    return o;
}

void outcome_free(outcome *o)
{
    free(o->out);
    free(o->err);
    *o = (outcome){0};
}
