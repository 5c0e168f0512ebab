/* folder.h - the folder of a run or experiment: made, found again, locked, checked at the end. */
#ifndef CNN_RECORD_FOLDER_H
#define CNN_RECORD_FOLDER_H

#include "base/report.h"
#include "record/record.h"

/* A run's folder, locked against other cnnrun processes until it is closed. */
typedef struct cnn_run {
    char *dir;
    int lock; /* descriptor of the folder; -1: none */
} cnn_run;

/* Makes the folder of a new run: `out`, or with NULL the first free one of runs/NAME-001, -002, ... A
 * run that is already in `out` is a fault. Files that a kill has left half written go. Faults:
 * CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_run_create(cnn_run *run, const char *out, const char *name, cnn_report *report);

/* Finds the run, or experiment, to resume: `out`, or with NULL the newest of runs/NAME-* that is
 * unfinished. Faults: CNN_EXIT_OUTPUT when there is none, or when it is running. */
CNN_MUST_CHECK bool cnn_run_find(cnn_run *run, const char *out, const char *name, bool experiment,
                                 cnn_report *report);
/* Whether the folder holds something of that name. */
bool cnn_run_has(const char *dir, const char *name);
void cnn_run_close(cnn_run *run);

/* Whether the folder of a run, or experiment, that has ended is still the one that was locked, and has its files: a
 * fault of CNN_EXIT_OUTPUT where somebody has deleted some of it. */
CNN_MUST_CHECK bool cnn_run_check(const cnn_run *run, bool experiment, cnn_report *report);

/* Writes one of the run's small files whole. */
CNN_MUST_CHECK bool cnn_run_write(const cnn_run *run, const char *name, const char *text, cnn_report *report);

#endif
