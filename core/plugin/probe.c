/* probe.c - a plugin's file is opened in a process that may die of it, before it is in ours.
 *
 * The dynamic linker trusts the file: a damaged one makes it crash, end the process by an assertion
 * (exit status 127), jump into nowhere, or search without end. One child tries the files one after
 * the other, since a fork may cost more than all else that is checked; where it dies, the next file
 * gets a new one. What has gone well there goes well here. */
#define _GNU_SOURCE /* close_range, MAP_ANONYMOUS */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "plugin/crash.h"
#include "plugin/private.h"

#define PROBE_SECONDS 10 /* for what takes a millisecond */
#define LOOK_SECONDS 0.005

/* Shared by both processes. */
typedef struct page {
    sem_t asked, answered;
    char path[PATH_MAX], name[PATH_MAX]; /* of the file to try */
    uint32_t kind;
    struct stat stat;
    cnn_abi abi;
    struct cnn_crash_words words; /* of the plugin that crashed */
    int reading;                  /* opened: none of the plugin's code runs now */
} page;

static struct {
    pid_t pid, parent; /* 0: none */
    page *page;
    size_t tried; /* files that went well in it */
} probe;

/* ---- the child ------------------------------------------------------------------------------ */

static void try_one(page *p)
{
    cnn_report unheard = {0};
    cnn_plugin_file file = {.opened = p->path, .name = p->name, .abi = p->abi};
    cnn_candidate c = {.path = p->path,
                       .name = p->name,
                       .kind = p->kind,
                       .report = &unheard,
                       .stat = p->stat,
                       .file = &file};
    cnn_plugin_open_library(&c, false);
    p->reading = 1;
    (void)cnn_plugin_read(&c);
    p->reading = 0;
    cnn_plugin_close_library(&c);
    cnn_report_free(&unheard);
}

/* What whoever started us registered for an exit() is not the child's to do. */
static void end_child(void)
{
    _exit(CNN_EXIT_SYSTEM);
}

/* What it prints is not shown, since all comes once more. It holds none of our files open, and so
 * no lock, and ends when we do. */
_Noreturn static void be_probe(page *p, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(CNN_EXIT_SYSTEM);
    (void)close_range(STDERR_FILENO, ~0u, 0);
    const int null = open("/dev/null", O_WRONLY);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    cnn_memory_on_shortage(end_child);
    cnn_crash_words = &p->words;
    cnn_crash_catch();
    for (;;) {
        while (sem_wait(&p->asked) != 0)
            continue;
        try_one(p);
        sem_post(&p->answered);
    }
}

/* ---- the parent ----------------------------------------------------------------------------- */

void cnn_plugins_settle(void)
{
    if (probe.pid && probe.parent == getpid()) {
        kill(probe.pid, SIGKILL);
        while (waitpid(probe.pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (probe.page)
        munmap(probe.page, sizeof *probe.page);
    memset(&probe, 0, sizeof probe);
}

static bool start(const char *path, cnn_report *report)
{
    if (probe.pid && probe.parent == getpid())
        return true;
    cnn_plugins_settle(); /* our parent's, if we are a child ourselves */
    probe.page =
        mmap(NULL, sizeof *probe.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (probe.page == MAP_FAILED)
        cnn_out_of_memory();
    sem_init(&probe.page->asked, 1, 0);
    sem_init(&probe.page->answered, 1, 0);
    probe.parent = getpid();
    const pid_t child = fork();
    if (child == 0)
        be_probe(probe.page, probe.parent);
    if (child > 0) {
        probe.pid = child;
        return true;
    }
    const int error = errno;
    cnn_plugins_settle();
    errno = error;
    return cnn_errno_fault(path, "no process can be started to try it in", CNN_EXIT_SYSTEM,
                           CNN_NOWHERE, report);
}

/* Until the answer is there (true), or the child has ended, as `status` says. It is waited for with
 * WNOHANG; no status is to be had where whoever started us ignores SIGCHLD. */
static bool await(int *status, bool *late)
{
    const double begun = cnn_clock_now();
    for (;;) {
        const struct timespec until = cnn_clock_deadline(LOOK_SECONDS);
        if (sem_timedwait(&probe.page->answered, &until) == 0)
            return true;
        const pid_t ended = waitpid(probe.pid, status, WNOHANG);
        if (ended == probe.pid || (ended < 0 && errno == ECHILD))
            return false;
        *late = cnn_clock_now() - begun > PROBE_SECONDS;
        if (*late)
            kill(probe.pid, SIGKILL);
    }
}

/* How it ended that has left no words. */
static char *describe(int status, bool late)
{
    const char *during = probe.page->reading ? "its descriptor was read" : "it was opened";
    if (late)
        return cnn_format("was not open after %d seconds", PROBE_SECONDS);
    if (WIFSIGNALED(status))
        return cnn_format("was killed while %s: %s", during, strsignal(WTERMSIG(status)));
    return cnn_format("ended the process with status %d while %s", WEXITSTATUS(status), during);
}

static bool refuse(const cnn_candidate *c, int status, bool late)
{
    page *p = probe.page;
    p->words.text[sizeof p->words.text - 1] = '\0';
    if (!*p->words.text && p->reading && WIFEXITED(status) &&
        WEXITSTATUS(status) == CNN_EXIT_SYSTEM)
        cnn_out_of_memory(); /* as it did */
    if (*p->words.text)
        return cnn_report_add(c->report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "%s", p->words.text);
    char *how = describe(status, late);
    cnn_report_add(c->report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "plugin %s '%s' (%s) %s",
                   cnn_kind_name(c->kind), c->name, c->path, how);
    free(how);
    return false;
}

/* A child that has opened others before may have been harmed by one of them: then a new one. No
 * file brings SIGKILL about: who sent it meant the child, so once that is a new one too. */
bool cnn_plugin_try(const cnn_candidate *c)
{
    for (bool killed = false;;) {
        int status = 0;
        bool late = false;
        if (!start(c->path, c->report))
            return false;
        page *p = probe.page;
        (void)snprintf(p->path, sizeof p->path, "%s", c->path);
        (void)snprintf(p->name, sizeof p->name, "%s", c->name);
        p->kind = c->kind;
        p->stat = c->stat;
        p->abi = c->file->abi;
        sem_post(&p->asked);
        if (await(&status, &late)) {
            probe.tried++;
            return true;
        }
        const bool kill_came = !late && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        const bool again = probe.tried > 0 || (kill_came && !killed);
        killed |= kill_came;
        probe.pid = 0; /* it has been waited for */
        if (!again)
            (void)refuse(c, status, late);
        cnn_plugins_settle();
        if (!again)
            return false;
    }
}
