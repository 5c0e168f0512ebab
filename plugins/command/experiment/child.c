/* child.c - a training of an experiment as a process of its own. */
#include "experiment/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "run/loop.h"

#define LONGEST_ERROR 65536u /* bytes of a child's messages that are shown */

/* In the child: it cannot become the training, and says why. */
_Noreturn static void give_up(const cnn_child *c, const char *what)
{
    dprintf(fileno(c->messages), "cnnrun: %s: %s\n", what, strerror(errno));
    _exit(CNN_EXIT_SYSTEM);
}

/* In the child: becomes the training. Its group is its own, so that a signal to ours reaches it
 * once, by us; it is stopped, and saves, when we die. */
_Noreturn static void become(const char *program, char **arguments, pid_t parent,
                             const sigset_t *mask, const cnn_child *c)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, CNN_PARENT_ENDED};
    const int null = open("/dev/null", O_RDWR);
    char progress[16];
    (void)snprintf(progress, sizeof progress, "%d", fileno(c->progress));
    setpgid(0, 0);
    if (null < 0)
        give_up(c, "/dev/null cannot be opened");
    if (setenv(CNN_PROGRESS_FILE, progress, 1) != 0)
        give_up(c, "the environment cannot be set");
    if (prctl(PR_SET_PDEATHSIG, CNN_PARENT_ENDED) != 0)
        give_up(c, "the end of the experiment cannot be told to it");
    if (getppid() != parent)
        _exit(CNN_EXIT_SYSTEM); /* there is nobody left to tell */
    if (dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(fileno(c->messages), 2) < 0)
        give_up(c, "the standard streams cannot be set");
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        struct sigaction is;
        if (sigaction(ours[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN) /* nohup's */
            signal(ours[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
    execv(program, arguments);
    give_up(c, "cnnrun cannot be started");
}

static void close_files(cnn_child *c)
{
    if (c->messages)
        fclose(c->messages);
    if (c->progress)
        fclose(c->progress);
    c->messages = c->progress = NULL;
}

bool cnn_child_start(cnn_child *c, char **arguments, cnn_report *report)
{
    char *program = cnn_program_path();
    fflush(NULL);
    if (!program)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "%s: cannot be started: cnnrun is not where it was", c->dir);
    c->messages = tmpfile();
    c->progress = c->messages ? tmpfile() : NULL;
    /* Until it has become the training, a signal is held back: our handler would only note it, in a
     * memory that exec throws away. */
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask);
    const pid_t parent = getpid(), pid = c->progress ? fork() : -1;
    const int error = errno;
    if (pid == 0)
        become(program, arguments, parent, &mask, c);
    free(program);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (pid < 0) {
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "%s: cannot be started: %s%s", c->dir,
                       c->progress ? "" : "a temporary file: ",
                       error == ENOMEM ? "out of memory" : strerror(error));
        close_files(c);
        return false;
    }
    c->pid = pid;
    return true;
}

bool cnn_child_progress(const cnn_child *c, cnn_progress_at *at)
{
    return pread(fileno(c->progress), at, sizeof *at, 0) == (ssize_t)sizeof *at;
}

char *cnn_child_close(cnn_child *c)
{
    static const char name[] = "cnnrun: ";
    char *text = cnn_alloc(LONGEST_ERROR + 1, 1), *end = text;
    /* Of much that it said the end, where the reason stands. */
    if (fseek(c->messages, 0, SEEK_END) == 0 && ftell(c->messages) > (long)LONGEST_ERROR)
        (void)fseek(c->messages, -(long)LONGEST_ERROR, SEEK_END);
    else
        rewind(c->messages);
    const size_t size = fread(text, 1, LONGEST_ERROR, c->messages);
    for (const char *at = text; at < text + size; at++) {
        if ((at == text || at[-1] == '\n') && strncmp(at, name, sizeof name - 1) == 0)
            at += sizeof name - 1;
        *end++ = *at;
    }
    while (end > text && end[-1] == '\n')
        end--;
    *end = '\0';
    close_files(c);
    c->pid = 0;
    return text;
}
