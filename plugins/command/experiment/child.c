/* child.c - a training of an experiment as a process of its own. */
#include "experiment/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/program.h"
#include "base/signal.h"
#include "base/text.h"
#include "record/record.h"

#define LONGEST_ERROR 65536u /* bytes of a child's messages that are shown */

bool cnn_child_lock_all(const char *experiment, cnn_report *report)
{
    char *path = cnn_path_join(experiment, CNN_RUN_EXPERIMENT);
    const int file = open(path, O_RDONLY); /* open until the end: no O_CLOEXEC, no close */
    bool held = false;
    if (file < 0)
        (void)cnn_errno_fault(path, NULL, CNN_EXIT_OUTPUT, CNN_NOWHERE, report);
    for (int i = 0; file >= 0 && !held && i < 3000; i++) {
        held = flock(file, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR) ||
               cnn_signals_caught(); /* then none will be started */
        if (!held)
            cnn_clock_sleep(0.01);
    }
    if (file >= 0 && !held)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: trainings of an experiment that was killed are still at work here",
                       experiment);
    free(path);
    return held;
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
    int error = c->progress ? 0 : errno;
    if (!error) {
        char progress[64], parent[64];
        (void)snprintf(progress, sizeof progress, CNN_PROGRESS_FILE "=%d", fileno(c->progress));
        (void)snprintf(parent, sizeof parent, CNN_PARENT "=%ld", (long)getpid());
        /* Its group is its own, so that a signal to ours reaches it once, by us. */
        const cnn_launch training = {
            program,
            arguments,
            (const char *const[]){progress, parent, NULL},
            {CNN_STREAM_NONE, CNN_STREAM_NONE, fileno(c->messages)},
            .own_group = true,
        };
        error = cnn_process_start(&training, &c->pid);
    }
    free(program);
    if (!error)
        return true;
    cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "%s: cannot be started: %s%s", c->dir,
                   c->progress ? "" : "a temporary file in /tmp: ",
                   error == ENOMEM ? "out of memory" : strerror(error));
    close_files(c);
    c->pid = 0;
    return false;
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
