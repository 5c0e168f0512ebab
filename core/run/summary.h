/* summary.h - summary.json: what a run came to, written at its end and read back. */
#ifndef CNN_RUN_SUMMARY_H
#define CNN_RUN_SUMMARY_H

#include "plugin/plugin.h"
#include "run/folder.h"
#include "run/loop.h"

/* The summary in a folder, which the caller owns, or NULL: it is missing, or is no JSON; then *error, which may be
 * NULL, has a text. What cannot be read is a fault, too: CNN_EXIT_OUTPUT, or CNN_EXIT_SYSTEM; a report that is NULL
 * is told nothing. */
json_t *cnn_summary_read(const char *dir, json_error_t *error, cnn_report *report);
/* How the run in the folder ended; CNN_OUTCOMES where its summary does not tell. */
cnn_outcome cnn_summary_outcome(const char *dir, cnn_report *report);

/* What the summary says beside what the training knows. */
typedef struct cnn_run_end {
    cnn_outcome outcome;
    size_t threads;
    cnn_totals test;        /* samples 0: not measured */
    const cnn_plugins *plugins;
} cnn_run_end;

/* Writes summary.json. Numbers that are not finite, or not measured, are null. */
CNN_MUST_CHECK bool cnn_summary_write(const cnn_run *run, const cnn_training *training,
                                      const cnn_run_end *end, cnn_report *report);

/* Makes of an object the summary of a training that has failed, for this reason. */
void cnn_summary_fail(json_t *summary, const char *reason);

/* Parts of JSON that other commands print too: a number, null where it is not finite; and a confusion
 * matrix, rows true, columns predicted, null for NULL. The caller owns them. */
json_t *cnn_run_number(double value);
json_t *cnn_run_confusion(const uint64_t *confusion, size_t classes);

#endif
