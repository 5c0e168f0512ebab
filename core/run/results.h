/* results.h - the numbers of a run, a row an epoch, as metrics.csv. */
#ifndef CNN_RUN_RESULTS_H
#define CNN_RUN_RESULTS_H

#include <stdint.h>

#include "base/report.h"
#include "pipeline/pipeline.h"

/* Doubles only: a checkpoint keeps rows as one tensor. Means over samples; not finite where the run's
 * are not. */
typedef struct cnn_row {
    double loss, accuracy; /* running means of training, dropout on */
    double val_loss, val_accuracy;
    double learning_rate;  /* of the epoch's last step */
    double seconds;        /* of training and validation */
    double images_per_second; /* of training alone */
    double metric[CNN_MAX_METRICS], val_metric[CNN_MAX_METRICS];
} cnn_row;

/* Writes DIR/metrics.csv whole: a header and a row an epoch, further metrics in the last columns.
 * Numbers read back to the same bits; not finite is nan, inf, -inf. Faults: CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_results_write_metrics(const char *dir, const cnn_row *rows, uint64_t epochs,
                                              const char *const *names, size_t metrics, cnn_report *report);

#endif
