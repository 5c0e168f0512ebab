/* summarize.h - summary.json: what a run came to, written at its end. */
#ifndef CNN_RUN_SUMMARIZE_H
#define CNN_RUN_SUMMARIZE_H

#include "plugin/plugin.h"
#include "record/folder.h"
#include "run/loop.h"

/* What the summary says beside what the training knows. */
typedef struct cnn_run_end {
    cnn_outcome outcome;
    size_t threads;
    cnn_scores test;        /* samples 0: not measured */
    const cnn_plugins *plugins;
} cnn_run_end;

/* Writes summary.json. Numbers that are not finite, or not measured, are null. */
CNN_MUST_CHECK bool cnn_summary_write(const cnn_run *run, const cnn_training *training,
                                      const cnn_run_end *end, cnn_report *report);

#endif
