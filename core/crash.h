/* crash.h - a plugin that crashes, or ends the process, is named in the last line printed.
 *
 * Around each call into a plugin stands CNN_CRASH_GUARD, which notes file and callback for this
 * thread. When a fatal signal or exit() comes while a note stands, the process ends with one line
 *
 *   cnnrun: plugin loss 'x' (FILE) crashed in gradient at step 117: segmentation fault
 *
 * and CNN_EXIT_PLUGIN, at once: no file is touched, so the last checkpoint stays as it is. Without
 * a note the signal does what it would have done. A note costs two stores. */
#ifndef CNN_CRASH_H
#define CNN_CRASH_H

#include <signal.h>
#include <stdint.h>

struct cnn_plugin_file; /* plugin.h */

/* Installs the handlers, for the whole process; and prepares the calling thread. */
void cnn_crash_catch(void);
/* Prepares a thread: a stack to handle its overflow on, and the signals of a crash not blocked. */
void cnn_crash_thread(void);

/* For the message: the step under way, counted from 1, and the number of steps that were begun. */
extern volatile uint64_t cnn_crash_step;
extern volatile sig_atomic_t cnn_crash_in_step;
/* True while a progress bar stands on the terminal, to be wiped before the message. */
extern volatile sig_atomic_t cnn_crash_bar;

/* This thread's note; no file: it is not in a plugin. The file's head.kind, head.name and `opened`
 * are read. The callback is a string constant. */
extern _Thread_local const struct cnn_plugin_file *volatile cnn_crash_file;
extern _Thread_local const char *volatile cnn_crash_callback;

#define CNN_CRASH_GUARD(FILE, CALLBACK, STATEMENT)                                                 \
    do {                                                                                           \
        cnn_crash_callback = CALLBACK;                                                             \
        cnn_crash_file = FILE;                                                                     \
        STATEMENT;                                                                                 \
        cnn_crash_file = NULL;                                                                     \
    } while (0)

#endif
