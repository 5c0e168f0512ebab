/* progress.h - what a run shows while it trains: a bar with ETA on a terminal, a line an epoch elsewhere.
 *
 * Lines go to standard output. A bar is redrawn in place, on a terminal only; no colours are used. All
 * functions do nothing for NULL, which is how `--quiet` is made. */
#ifndef CNN_RUN_PROGRESS_H
#define CNN_RUN_PROGRESS_H

#include <stdint.h>

#include "run/results.h"

typedef struct cnn_progress cnn_progress;

/* Where this is set, it is the descriptor of a file that holds how far a training is: an experiment sets it
 * for its trainings. */
#define CNN_PROGRESS_FILE "CNNRUN_PROGRESS"
typedef struct cnn_progress_at {
    double begun, now; /* epochs done, a part of one counts: when it started, and now */
} cnn_progress_at;

/* `epochs` in all, of which `done` (a part of one counts) are behind us when it starts. */
cnn_progress *cnn_progress_new(uint64_t epochs, double done, uint64_t samples_per_epoch);
void cnn_progress_free(cnn_progress *progress);

/* After a step: so many samples of this epoch (from 1) are done, with these means. Draws at most ten
 * times a second. */
void cnn_progress_step(cnn_progress *progress, uint64_t epoch, uint64_t samples, double loss,
                       double accuracy);
/* What is going on instead of steps: "validating". */
void cnn_progress_phase(cnn_progress *progress, const char *what);
/* The epoch's line, which stays. */
void cnn_progress_epoch(cnn_progress *progress, uint64_t epoch, const cnn_row *row);
/* Wipes the bar, so that a message can follow. */
void cnn_progress_clear(cnn_progress *progress);

/* "1:05", "2:00:05"; returns out. */
const char *cnn_progress_clock(double seconds, char out[32]);

#endif
