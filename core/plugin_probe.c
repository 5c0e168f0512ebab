/* plugin_probe.c - a plugin's file is opened in a process that may die of it, before it is in ours.
 *
 * The dynamic linker trusts the file: a damaged one makes it crash, end the process by an assertion
 * (exit status 127), jump into nowhere, or search without end. A fork costs less than all that is
 * checked about a file, and what has gone well in it goes well here. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "memory.h"
#include "plugin_private.h"

#define PROBE_SECONDS 10 /* for what takes a millisecond */

/* Shared by both processes. */
typedef struct page {
    struct cnn_crash_words words; /* of the plugin that crashed; forced to end with NUL */
    int reading;                  /* opened: none of the plugin's code runs now */
    int done;
} page;

/* SIGALRM ends it whatever it hangs in; what it prints is not shown, since all comes once more. */
_Noreturn static void be_probe(page *p, const cnn_plugin_probe *probe)
{
    signal(SIGALRM, SIG_DFL);
    alarm(PROBE_SECONDS);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(STDERR_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    cnn_crash_words = &p->words;
    cnn_crash_catch();
    probe->open(probe->argument);
    p->reading = 1;
    probe->read(probe->argument);
    p->reading = 0;
    probe->close(probe->argument);
    p->done = 1;
    _exit(0);
}

/* How it ended that is neither done nor has left words. */
static char *describe(int status, const page *p)
{
    const char *during = p->reading ? "its descriptor was read" : "it was opened";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return cnn_format("it was not open after %d seconds", PROBE_SECONDS);
    if (WIFSIGNALED(status))
        return cnn_format("the process that tried it was killed while %s: %s", during,
                          strsignal(WTERMSIG(status)));
    return cnn_format("the dynamic linker, or a constructor, ended the process with status %d "
                      "while %s",
                      WEXITSTATUS(status), during);
}

static bool judge(int status, page *p, const cnn_plugin_probe *probe, cnn_report *report)
{
    p->words.text[sizeof p->words.text - 1] = '\0';
    if (p->done)
        return true;
    if (*p->words.text)
        return cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "%s", p->words.text);
    if (p->reading && WIFEXITED(status) && WEXITSTATUS(status) == CNN_EXIT_SYSTEM)
        cnn_out_of_memory(); /* as it did */
    char *how = describe(status, p);
    cnn_report_add(report, CNN_EXIT_PLUGIN, probe->mark, "%s: it cannot be opened: %s", probe->path,
                   how);
    free(how);
    return false;
}

bool cnn_plugin_try(const cnn_plugin_probe *probe, cnn_report *report)
{
    page *p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        cnn_out_of_memory();
    const pid_t child = fork();
    if (child == 0)
        be_probe(p, probe);
    bool good = false;
    int status = 0;
    if (child < 0) {
        const int error = errno;
        cnn_report_add(report, cnn_errno_code(error, CNN_EXIT_SYSTEM), CNN_NOWHERE,
                       "%s: no process can be started to try it in: %s", probe->path,
                       strerror(error));
    } else {
        /* ECHILD: whoever started us ignores SIGCHLD; it has ended, and the page says the rest. */
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        good = judge(status, p, probe, report);
    }
    munmap(p, sizeof *p);
    return good;
}
