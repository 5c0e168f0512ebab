/* crash.h - a plugin that crashes, or ends the process, is named in the last line printed.
 *
 * Around each call into a plugin stands CNN_CRASH_GUARD, which notes file and callback for this
 * thread. When a fatal signal or exit() comes while a note stands, the process ends with one line
 *
 *   cnnrun: plugin loss 'x' (FILE) crashed in gradient at step 117: segmentation fault
 *
 * and CNN_EXIT_PLUGIN, at once: no file is touched, so the last checkpoint stays as it is. A note
 * costs two stores. Without a note, a plugin is named when the fault is at an address of its file, as
 * when the file is cut short while the host reads a table in it; else the signal does what it would
 * have done. */
#ifndef CNN_PLUGIN_CRASH_H
#define CNN_PLUGIN_CRASH_H

#include <signal.h>
#include <stddef.h>
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

/* A plugin's file is in memory at [start, end) from now on and to the end of the process. The strings
 * are copied: what the handler reads must not lie in the file. */
void cnn_crash_place(uint32_t kind, const char *name, const char *path, uintptr_t start, uintptr_t end);

/* A process that only tries something (plugin_probe.c) leaves its last line here, without "cnnrun: "
 * and newline, and not on standard error. */
extern struct cnn_crash_words {
    char text[2048];
} *cnn_crash_words;

/* This thread's note; no file: it is not in a plugin. The file's head.kind, head.name and `opened`
 * are read, which must be the host's memory. The callback is a string constant. */
extern _Thread_local const struct cnn_plugin_file *volatile cnn_crash_file;
extern _Thread_local const char *volatile cnn_crash_callback;

/* Callbacks that mean more. While a file is opened, its constructors run, and the dynamic linker, which
 * is told from them. While its descriptor is read, none of its code runs: an exit() is the host's. */
extern const char cnn_crash_opening[], cnn_crash_reading[];

#define CNN_CRASH_GUARD(FILE, CALLBACK, STATEMENT)                                                 \
    do {                                                                                           \
        cnn_crash_callback = CALLBACK;                                                             \
        cnn_crash_file = FILE;                                                                     \
        STATEMENT;                                                                                 \
        cnn_crash_file = NULL;                                                                     \
    } while (0)

#endif
