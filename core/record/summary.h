/* summary.h - summary.json, what a run came to: read, searched, and its parts as JSON. */
#ifndef CNN_RECORD_SUMMARY_H
#define CNN_RECORD_SUMMARY_H

#include <jansson.h>

#include "base/report.h"
#include "record/record.h"

/* The summary in a folder, which the caller owns, or NULL: it is missing, or is no JSON; then *error, which may be
 * NULL, has a text. What cannot be read is a fault, too: CNN_EXIT_OUTPUT, or CNN_EXIT_SYSTEM; a report that is NULL
 * is told nothing. */
json_t *cnn_summary_read(const char *dir, json_error_t *error, cnn_report *report);
/* How the run in the folder ended; CNN_OUTCOMES where its summary does not tell. */
cnn_outcome cnn_summary_outcome(const char *dir, cnn_report *report);

/* Whether the summary, or NULL, has the finding. */
bool cnn_summary_has(const json_t *summary, cnn_finding finding);

/* Makes of an object the summary of a training that has failed, for this reason. */
void cnn_summary_fail(json_t *summary, const char *reason);

/* Parts of JSON that other commands print too: a number, null where it is not finite; and a confusion
 * matrix, rows true, columns predicted, null for NULL. The caller owns them. */
json_t *cnn_run_number(double value);
json_t *cnn_run_confusion(const uint64_t *confusion, size_t classes);

#endif
