/* progress.h - what a run shows while it trains: a bar with ETA on a terminal, a line a validation elsewhere.
 *
 * Lines go to standard output. A bar is redrawn in place, on a terminal only; no colours are used. How far
 * it is goes into the file of base/parent.h, too, where there is one. */
#ifndef CNN_PROGRESS_H
#define CNN_PROGRESS_H

#include <stdint.h>

#include "run/loop.h"

typedef struct cnn_progress cnn_progress;

/* `epochs` in all, of which `done` were done before; of both, a part of one counts. */
cnn_progress *cnn_progress_new(double epochs, double done, uint64_t samples_per_epoch);
/* Wipes the bar, so that messages can follow. NULL is fine. */
void cnn_progress_free(cnn_progress *progress);

/* What a training calls to show itself: a bar, drawn at most ten times a second, and a line an epoch. */
cnn_observer cnn_progress_observer(cnn_progress *progress);
/* "  accuracy 0.9871", or nothing where the value is NaN: the targets are vectors. Returns out. */
#define CNN_FIGURE 48
const char *cnn_progress_figure(const char *name, double value, char out[CNN_FIGURE]);

#endif
