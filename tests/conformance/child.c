/* child.c - runs one check in a process of its own, and survives whatever the plugin does there. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "frame.h"
#include "instance.h"
#include "shared.h"
#include "vary.h"

#define FRAME_FILE                                                                                 \
    60 /* the pipe's number in the child, above what plugins get, below the limit                  \
        */
#define OPEN_FILES 64
#define POLL_MILLISECONDS 10
#define ORPHAN_SECONDS 5

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ---- the child ------------------------------------------------------------------------------ */

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit now;
    if (getrlimit(what, &now) == 0 && now.rlim_max > most)
        now.rlim_max = most;
    now.rlim_cur = now.rlim_max < most ? now.rlim_max : most;
    setrlimit(what, &now);
}

static void set_limits(const kit_options *options)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 64u << 20);
    limit(RLIMIT_CPU, (rlim_t)options->timeout * 2 + 1); /* a second line; a sleeper uses none */
    if (!SANITIZED)
        limit(RLIMIT_AS, 2ul << 30);
}

static cnn_random stream_of(const char *rule, uint64_t seed)
{
    cnn_random random = {seed, 0};
    for (const char *p = rule; *p; p++)
        random = cnn_random_split(&random, (unsigned char)*p);
    return random;
}

_Noreturn static void be_child(const kit_check *check, const kit_subject *subject,
                               const kit_options *options, int frame, int capture, uint64_t nonce)
{
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int kept = fcntl(frame, F_DUPFD_CLOEXEC, FRAME_FILE);
    kit_frame_open(kept, nonce);
    if (null < 0 || kept < 0 || dup2(null, 0) < 0 || dup2(capture, 1) < 0 || dup2(capture, 2) < 0)
        kit_tool_error("descriptors cannot be set up: %s", strerror(errno));
    for (int i = 3; i < kept; i++)
        close(i);
    limit(RLIMIT_NOFILE, OPEN_FILES);
    set_limits(options);
    kit_fault_catch();
    kit_arena_quick(!(check->flags & KIT_GUARDS));
    kit_case c = {
        .subject = subject, .options = options, .random = stream_of(check->rule, options->seed)};
    if (!(check->flags & KIT_UNOPENED))
        c.file = kit_open(subject, NULL);
    if (kit_varies(check))
        kit_vary(check, &c);
    else
        check->run(&c);
    kit_frame_close();
    _exit(1);
}

/* ---- the parent ----------------------------------------------------------------------------- */

static volatile pid_t current; /* the child, and its group */

/* The seconds that a process has waited for a CPU: a busy machine is no fault of the plugin's. */
static double starved(pid_t child)
{
    char path[64];
    double nanoseconds = 0;
    snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)child);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %lf", &nanoseconds) != 1)
        nanoseconds = 0;
    fclose(file);
    return nanoseconds * 1e-9;
}

/* Reads until the frame is whole, the child is gone, or time is up. Not until the pipe's end: a
 * grandchild may hold it open, and what the child has started by exec does not. */
static bool await_frame(int file, pid_t child, double deadline, kit_frame *frame, bool *late)
{
    size_t got = 0;
    bool gone = false, closed = false;
    *late = false;
    while (got < sizeof *frame) {
        struct pollfd wait = {closed ? -1 : file, POLLIN, 0};
        if (poll(&wait, 1, gone ? 0 : POLL_MILLISECONDS) > 0) {
            const ssize_t n = read(file, (char *)frame + got, sizeof *frame - got);
            closed = n <= 0;
            got += n > 0 ? (size_t)n : 0;
            continue;
        }
        if (gone)
            return false;
        siginfo_t info = {0};
        waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT);
        gone = info.si_pid == child;
        *late = !gone && cnn_clock_now() > deadline && cnn_clock_now() > deadline + starved(child);
        if (*late)
            return false;
    }
    return true;
}

/* Kills every child of ours. */
static void kill_children(void)
{
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = file < 0 ? 0 : read(file, list, sizeof list - 1);
    if (file >= 0)
        close(file);
    list[n > 0 ? n : 0] = '\0';
    char *end = strrchr(list, ' '); /* the last number may be cut */
    if (end)
        *end = '\0';
    for (char *rest = list, *word; (word = strtok_r(rest, " ", &rest));)
        kill((pid_t)atol(word), SIGKILL);
}

/* Kills what was reparented to us, and says whether there was anything. */
static bool kill_orphans(void)
{
    bool found = false;
    const double deadline = cnn_clock_now() + ORPHAN_SECONDS;
    pid_t ended;
    do {
        kill_children();
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
            found = true;
        if (ended == 0)
            usleep(1000);
    } while (ended == 0 && cnn_clock_now() < deadline);
    return found;
}

/* Told to end: nothing may run on behind us. */
static void end_by_signal(int number)
{
    static const char last[] = "FAILURE: ended by a signal\n";
    if (current > 0)
        kill(-current, SIGKILL);
    (void)kill_orphans();
    if (write(STDOUT_FILENO, last, sizeof last - 1) < 0)
        _exit(128 + number);
    _exit(128 + number);
}

void kit_child_end_with_us(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = end_by_signal};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

/* The check's temporary folder and the files in it. */
static void remove_folder(const char *folder)
{
    if (strncmp(folder, "/tmp/", 5) != 0)
        return;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    (void)rmdir(folder);
}

static void read_capture(int capture, char *text, size_t size)
{
    const ssize_t n = pread(capture, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' && *p != '\n')
            *p = '?';
}

static void judge_end(int status, kit_outcome *outcome)
{
    const char *during = *outcome->phase ? outcome->phase : "the check";
    char words[300];
    outcome->status = KIT_CRASH;
    if (WIFEXITED(status)) {
        snprintf(outcome->message, sizeof outcome->message,
                 "the process ended with exit status %d in %s; a plugin must not end it",
                 WEXITSTATUS(status), during);
        outcome->cause = (uint64_t)WEXITSTATUS(status) << 32 | 1;
        return;
    }
    kit_fault_words(WTERMSIG(status), words, sizeof words, &outcome->cause);
    snprintf(outcome->message, sizeof outcome->message, "%s, in %s%s%.*s", words, during,
             *outcome->output ? "; it printed: " : "", (int)strcspn(outcome->output, "\n"),
             outcome->output);
}

static void take_frame(const kit_frame *frame, kit_outcome *outcome)
{
    outcome->status = (kit_status)frame->status;
    snprintf(outcome->message, sizeof outcome->message, "%s", frame->message);
}

static bool frame_is_good(const kit_frame *frame, uint64_t nonce)
{
    return memcmp(frame->magic, KIT_FRAME_MAGIC, sizeof frame->magic) == 0 &&
           frame->nonce == nonce && memcmp(frame->done, KIT_FRAME_DONE, sizeof frame->done) == 0 &&
           frame->status < KIT_STATUSES;
}

static uint64_t new_nonce(const kit_options *options)
{
    static uint64_t count;
    const cnn_random random = {options->seed ^ (uint64_t)getpid() << 32, 0x6b6974};
    return cnn_random_split(&random, ++count).stream;
}

/* The child is waited for, then whatever it left in its group or elsewhere. */
static void clean_up(pid_t child, int *status, kit_outcome *outcome)
{
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    const bool group = kill(-child, SIGKILL) == 0, orphans = kill_orphans();
    remove_folder(kit_page->folder);
    current = 0;
    outcome->left_processes = group || orphans;
    if (outcome->left_processes && outcome->status <= KIT_WARN) {
        outcome->status = KIT_FAIL;
        snprintf(outcome->message, sizeof outcome->message,
                 "it left a child process behind; a plugin must not start processes");
    }
}

static void tool_error(kit_outcome *outcome, const char *what)
{
    outcome->status = KIT_TOOL_ERROR;
    snprintf(outcome->message, sizeof outcome->message, "%s: %s", what, strerror(errno));
}

void kit_child_run(const kit_check *check, const kit_subject *subject, const kit_options *options,
                   kit_outcome *outcome)
{
    int pipes[2] = {-1, -1};
    const uint64_t nonce = new_nonce(options);
    const int capture = memfd_create("output", MFD_CLOEXEC);
    memset(outcome, 0, sizeof *outcome);
    memset(kit_page, 0, sizeof *kit_page);
    if (capture < 0 || pipe2(pipes, O_CLOEXEC) != 0) {
        tool_error(outcome, "no pipe");
        return;
    }
    const double deadline = cnn_clock_now() + options->timeout;
    const pid_t child = fork();
    if (child == 0)
        be_child(check, subject, options, pipes[1], capture, nonce);
    setpgid(child, child);
    current = child;
    close(pipes[1]);
    kit_frame frame = {0};
    bool late = false;
    int status = 0;
    const bool whole = child > 0 && await_frame(pipes[0], child, deadline, &frame, &late);
    snprintf(outcome->phase, sizeof outcome->phase, "%.63s", kit_page->phase);
    snprintf(outcome->where, sizeof outcome->where, "%s%.120s%s%.100s",
             *kit_page->setting ? "with " : "", kit_page->setting,
             *kit_page->setting && *kit_page->where ? "; " : "", kit_page->where);
    read_capture(capture, outcome->output, sizeof outcome->output);
    if (child < 0)
        tool_error(outcome, "no child process");
    else if (whole && frame_is_good(&frame, nonce))
        take_frame(&frame, outcome);
    else
        outcome->status = late ? KIT_HANG : KIT_CRASH;
    if (child > 0) {
        if (!late && outcome->status == KIT_CRASH) /* it is dead already: how it died counts */
            waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
        const bool died = !late && outcome->status == KIT_CRASH;
        clean_up(child, &status, outcome);
        if (died)
            judge_end(status, outcome);
    }
    if (late)
        snprintf(outcome->message, sizeof outcome->message, "no end of %s within %g seconds",
                 *outcome->phase ? outcome->phase : "the check", options->timeout);
    close(pipes[0]);
    close(capture);
}
