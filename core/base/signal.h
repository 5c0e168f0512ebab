/* signal.h - signals that ask a program to end: caught, and told by a flag.
 *
 * Signals belong to a program, never to a library: only a program's own commands call these, and hand the flag
 * down to what is to stop by it. */
#ifndef CNN_BASE_SIGNAL_H
#define CNN_BASE_SIGNAL_H

#include <signal.h>

#include "base/parent.h"
#include "base/report.h"

/* Catches SIGINT, SIGTERM and SIGHUP: each ends the process at once, by exit 128 + its number, until
 * cnn_signals_defer is called. From then on there may be something to save: the first signal is only noted,
 * and a second one ends the process at once. CNN_PARENT_ENDED (parent.h) is as the first one, and never a
 * second. Ignores SIGPIPE and SIGXFSZ: a reader of our output that goes away must not end a training. Where
 * CNN_PARENT is set, asks for CNN_PARENT_ENDED when that process ends, or ends here if it has. Faults:
 * CNN_EXIT_SYSTEM. */
CNN_MUST_CHECK bool cnn_signals_catch(cnn_report *report);
void cnn_signals_defer(void);
/* 0, or the number of the signal that asked for the end; and the flag itself, for what is to stop by it. */
int cnn_signals_caught(void);
const volatile sig_atomic_t *cnn_signals_stop(void);

#endif
