/* run.h - the folder of a run: made, found again, locked, and the summary that it ends with. */
#ifndef CNN_RUN_RUN_H
#define CNN_RUN_RUN_H

#include <jansson.h>
#include <signal.h>

#include "run/diagnose.h"
#include "plugin/plugin.h"
#include "run/loop.h"

#define CNN_RUN_PIPELINE "pipeline.yaml"
#define CNN_RUN_SUMMARY "summary.json"
#define CNN_RUN_METRICS "metrics.csv"
#define CNN_RUN_PAGE "report.html"
#define CNN_RUN_PLOTTED "plots/accuracy.dat" /* the last data file of a page's plots to be written */
#define CNN_RUN_EXPERIMENT "experiment.yaml" /* in an experiment's folder; its runs lie below it */

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
/* The summary in a folder, which the caller owns, or NULL: it is missing, or is no JSON. What cannot be read
 * is a fault too: CNN_EXIT_OUTPUT, or CNN_EXIT_SYSTEM. */
json_t *cnn_run_read_summary(const char *dir, cnn_report *report);
/* Whether the folder holds something of that name. */
bool cnn_run_holds(const char *dir, const char *name);
/* Takes a lock on DIR/experiment.yaml that trainings started from now on inherit; so it lasts until the last
 * of them has ended, also when we are killed. Waits for those of one that was, half a minute at most, and no longer once *stop is not 0. */
CNN_MUST_CHECK bool cnn_run_hold(const char *dir, const volatile sig_atomic_t *stop, cnn_report *report);
void cnn_run_close(cnn_run *run);

/* Whether the folder of a run, or experiment, that has ended is still the one that was locked, and has its files: a fault of
 * CNN_EXIT_OUTPUT where somebody has deleted some of it. */
CNN_MUST_CHECK bool cnn_run_check(const cnn_run *run, bool experiment, cnn_report *report);

/* Writes one of the run's small files whole. */
CNN_MUST_CHECK bool cnn_run_write(const cnn_run *run, const char *name, const char *text, cnn_report *report);

/* What the summary says beside what the training knows. */
typedef struct cnn_run_end {
    cnn_outcome outcome;
    size_t threads;
    cnn_totals test;        /* samples 0: not measured */
    const cnn_plugins *plugins;
    const cnn_findings *findings;
} cnn_run_end;

/* Writes summary.json. Numbers that are not finite, or not measured, are null. */
CNN_MUST_CHECK bool cnn_run_summarize(const cnn_run *run, const cnn_training *training,
                                      const cnn_run_end *end, cnn_report *report);

/* Parts of JSON that other commands print too: a number, null where it is not finite; and a confusion
 * matrix, rows true, columns predicted, null for NULL. The caller owns them. */
json_t *cnn_run_number(double value);
json_t *cnn_run_confusion(const uint64_t *confusion, size_t classes);

#endif
