/* signal.c - signals that ask a program to end: caught, and told by a flag. */
#include "base/signal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static volatile sig_atomic_t deferring; /* there may be something to save */

static void on_signal(int number)
{
    if (!deferring)
        _exit(128 + number);
    if (stop && number == CNN_PARENT_ENDED) /* we save already */
        return;
    if (stop && stop != CNN_PARENT_ENDED) { /* the second one: at once */
        signal(number, SIG_DFL);
        raise(number);
    }
    stop = number;
}

/* The kernel tells of the end of a parent; one that has ended before has another process in its
 * place. */
static bool follow_parent(cnn_report *report)
{
    const char *parent = getenv(CNN_PARENT);
    if (!parent)
        return true;
    if (prctl(PR_SET_PDEATHSIG, CNN_PARENT_ENDED) != 0)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "the end of the experiment cannot be told to it: %s",
                              strerror(errno));
    if (getppid() != strtol(parent, NULL, 10))
        _exit(CNN_EXIT_SYSTEM); /* there is nobody left to tell */
    unsetenv(CNN_PARENT);       /* it is not the parent of those that we start */
    return true;
}

bool cnn_signals_catch(cnn_report *report)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(CNN_PARENT_ENDED, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 &&
        before.sa_handler != SIG_IGN) /* nohup ignores it */
        sigaction(SIGHUP, &action, NULL);
    /* A reader of our output that goes away must not end the training; a file that may not grow is
     * a failed write, which is reported. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
    return follow_parent(report);
}

void cnn_signals_defer(void)
{
    deferring = 1;
}

int cnn_signals_caught(void)
{
    return stop;
}

const volatile sig_atomic_t *cnn_signals_stop(void)
{
    return &stop;
}
