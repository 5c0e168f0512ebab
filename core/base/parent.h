/* parent.h - what an experiment's process and the trainings that it starts tell each other. */
#ifndef CNN_BASE_PARENT_H
#define CNN_BASE_PARENT_H

#include <signal.h>

/* A training gets this signal when the process that started it ends. */
#define CNN_PARENT_ENDED SIGUSR1
/* In the environment of a training: the number of the process that started it. */
#define CNN_PARENT "CNNRUN_PARENT"
/* In the environment of a training: the descriptor of a file, into which it writes a cnn_progress_at. */
#define CNN_PROGRESS_FILE "CNNRUN_PROGRESS"

/* How far a training is. */
typedef struct cnn_progress_at {
    double begun, now; /* epochs done, a part of one counts: when it started, and now */
    double all;        /* that it will have */
} cnn_progress_at;

#endif
