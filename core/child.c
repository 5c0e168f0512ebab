/* child.c - a training of an experiment as a process of its own. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "memory.h"
#include "train.h"

#define LONGEST_ERROR 65536u /* bytes of a child's messages that are shown */

/* In the child: becomes the training. Its group is its own, so that a signal to ours reaches it
 * once, by us; it is stopped, and saves, when we die. */
_Noreturn static void become(char **arguments, pid_t parent, const cnn_child *c)
{
    const int null = open("/dev/null", O_RDWR);
    char progress[16];
    (void)snprintf(progress, sizeof progress, "%d", fileno(c->progress));
    setpgid(0, 0);
    if (setenv(CNN_PROGRESS_FILE, progress, 1) != 0 ||
        prctl(PR_SET_PDEATHSIG, CNN_PARENT_ENDED) != 0 || getppid() != parent || null < 0 ||
        dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(fileno(c->messages), 2) < 0)
        _exit(CNN_EXIT_SYSTEM);
    execv("/proc/self/exe", arguments);
    dprintf(2, "cnnrun: /proc/self/exe cannot be started: %s\n", strerror(errno));
    _exit(CNN_EXIT_SYSTEM);
}

bool cnn_child_start(cnn_child *c, char **arguments, cnn_report *report)
{
    fflush(NULL);
    c->messages = tmpfile();
    c->progress = tmpfile();
    const pid_t parent = getpid(), pid = c->messages && c->progress ? fork() : -1;
    if (pid == 0)
        become(arguments, parent, c);
    if (pid < 0)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "%s: cannot be started: %s",
                              c->dir, strerror(errno));
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
    fclose(c->messages);
    fclose(c->progress);
    c->pid = 0;
    return text;
}
