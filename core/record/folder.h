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

/* What a folder is of: a run, or what a command makes of several, as an experiment. */
typedef struct cnn_folder_kind {
    const char *what; /* "run" */
    bool (*is_there)(const char *dir);
    bool (*is_unfinished)(const char *dir, cnn_report *report); /* of one that is there */
    const char *const *files; /* that it has once it has ended; NULL ends them */
} cnn_folder_kind;
extern const cnn_folder_kind cnn_folder_of_run;

/* Makes the folder of a new run: `out`, or with NULL the first free one of runs/NAME-001, -002, ... A
 * run that is already in `out` is a fault. Files that a kill has left half written go. Faults:
 * CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_run_create(cnn_run *run, const char *out, const char *name, cnn_report *report);

/* Finds the folder of that kind to resume: `out`, or with NULL the newest of runs/NAME-* that is
 * unfinished. Faults: CNN_EXIT_OUTPUT when there is none, or when it is running. */
CNN_MUST_CHECK bool cnn_run_find(cnn_run *run, const char *out, const char *name, const cnn_folder_kind *kind,
                                 cnn_report *report);
/* Whether the folder holds something of that name. */
bool cnn_run_has(const char *dir, const char *name);
void cnn_run_close(cnn_run *run);

/* Whether the folder, whose run or experiment has ended, is still the one that was locked, and has its files: a
 * fault of CNN_EXIT_OUTPUT where somebody has deleted some of it. */
CNN_MUST_CHECK bool cnn_run_check(const cnn_run *run, const cnn_folder_kind *kind, cnn_report *report);

/* Writes one of the run's small files whole. */
CNN_MUST_CHECK bool cnn_run_write(const cnn_run *run, const char *name, const char *text, cnn_report *report);

#endif
