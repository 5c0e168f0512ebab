/* child.h - a training of an experiment as a process of its own. */
#ifndef CNN_COMMAND_CHILD_H
#define CNN_COMMAND_CHILD_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/parent.h"
#include "base/report.h"

typedef struct cnn_child {
    char *dir;       /* the training's folder */
    pid_t pid;       /* 0: not running */
    FILE *messages;  /* its standard error */
    FILE *progress;  /* a cnn_progress_at, once it has made a step */
    int64_t threads; /* that its pipeline names; 0: none */
} cnn_child;

/* Takes a lock on experiment.yaml in the experiment's folder that trainings started from now on inherit; so it
 * lasts until the last of them has ended, also when we are killed. Waits for the trainings of an experiment that
 * was killed: half a minute at most, and no longer once a signal was caught. Faults: CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_child_lock_all(const char *experiment, cnn_report *report);

/* Starts cnnrun with the arguments, which end with NULL. Faults: CNN_EXIT_SYSTEM. */
CNN_MUST_CHECK bool cnn_child_start(cnn_child *child, char **arguments, cnn_report *report);
/* How far it is; false if that is not known yet. */
bool cnn_child_progress(const cnn_child *child, cnn_progress_at *at);
/* After it has ended: what it has said, without the program's name before each line. The caller frees. */
char *cnn_child_close(cnn_child *child);

#endif
