/* results.h - the numbers of a run, a row a validation, as metrics.csv: written, and read by the names of columns. */
#ifndef CNN_RECORD_RESULTS_H
#define CNN_RECORD_RESULTS_H

#include <stdint.h>

#include "base/report.h"
#include "record/record.h"

/* Doubles only: a checkpoint keeps rows as one tensor. Of samples; not finite where the run's are not, and NaN where
 * there is no such column. */
typedef struct cnn_row {
    double loss, accuracy; /* of training in its epoch so far, dropout on */
    double val_loss, val_accuracy;
    double learning_rate;  /* of the last step */
    double seconds;        /* of training in its epoch so far, and of its validation */
    double images_per_second; /* of training alone */
    double metric[CNN_MAX_VALUES], val_metric[CNN_MAX_VALUES];
    double epoch, step; /* trained since the beginning, a part of an epoch counts */
} cnn_row;

/* The epoch in which a row ends, from 1. */
uint64_t cnn_row_epoch(const cnn_row *row);

/* Which columns the rows of a run have: the first ones, then NAME and val_NAME of each further value, then the steps. */
typedef struct cnn_row_form {
    bool accuracy, steps;
    const char *const *names;
    size_t values;
} cnn_row_form;

/* The numbers of a row, one a column, into out[0 .. columns), at most CNN_HEADER_MOST; returns how many columns there
 * are. And the names of the columns, which the caller frees, each and all. */
size_t cnn_row_numbers(const cnn_row *row, const cnn_row_form *form, double *out);
char **cnn_row_names(const cnn_row_form *form, size_t *count);

/* Writes DIR/metrics.csv whole: a header and the rows. Numbers read back to the same bits; not finite is nan, inf,
 * -inf. Faults: CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_results_write_metrics(const char *dir, const cnn_row *rows, uint64_t count,
                                              const cnn_row_form *form, cnn_report *report);

/* What stands in each column of a file: an index into cnn_columns, or CNN_COLUMNS where it is another metric. */
#define CNN_HEADER_MOST (CNN_COLUMNS + 2 * CNN_MAX_VALUES)
typedef struct cnn_header {
    size_t meaning[CNN_HEADER_MOST];
    size_t count;
    bool found[CNN_COLUMNS];
} cnn_header;

/* Reads the first line of metrics.csv, which ends before `end`. Further columns than CNN_HEADER_MOST are left out. */
cnn_header cnn_results_header(const char *line, const char *end);
/* Reads another line. False where a field is missing or no number; a column that the file does not have is NaN. */
bool cnn_results_row(const char *line, const char *end, const cnn_header *header, cnn_metrics_row *row);
/* The last line of the file's text. False where it is cut off, or as above. */
bool cnn_results_last(const char *text, cnn_metrics_row *row);

#endif
