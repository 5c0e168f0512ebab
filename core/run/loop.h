/* loop.h - the training loop: steps, validations, checkpoints, and where a run stands between them. */
#ifndef CNN_RUN_LOOP_H
#define CNN_RUN_LOOP_H

#include <signal.h>

#include "record/checkpoint.h"
#include "engine/engine.h"
#include "record/results.h"
#include "run/stamp.h"

/* Where a run stands, and what a checkpoint holds beside the tensors. */
typedef struct cnn_position {
    uint64_t epoch;      /* epochs done */
    uint64_t step;       /* batches done of the next one */
    cnn_totals totals;   /* their sums */
    double seconds;      /* spent training on them */
    double wall;         /* spent on the whole run, up to now */
    cnn_row *rows;       /* one a validation: at the end of each epoch and of the training, and where else it is due */
    uint64_t row_count;
} cnn_position;

/* The newest checkpoint. */
typedef struct cnn_saved {
    bool any;
    uint64_t epoch, step; /* where it stands, as in the position */
    double at;            /* on the clock: when it was there, or else the training began */
    double took;          /* seconds to write it */
} cnn_saved;

/* Who watches a training. Each function gets the context, and is called in the thread that trains; one that is NULL
 * is not called. Epochs count from 1. */
typedef struct cnn_observer {
    void *context;
    /* After a step: this number of the epoch's samples is done, with these means over them. */
    void (*step)(void *context, uint64_t epoch, uint64_t samples, double loss, double accuracy);
    void (*phase)(void *context, const char *what); /* what goes on instead of steps: "validating" */
    void (*row)(void *context, const cnn_row *row); /* a validation is done */
    cnn_survey_watch *survey; /* before the first step */
} cnn_observer;

struct cnn_callbacks; /* callbacks.h */

typedef struct cnn_training {
    const cnn_pipeline *pipeline;
    const cnn_data *data;
    cnn_network *network;
    cnn_engine *engine;
    cnn_observer observer;   /* watches it; zero: nobody */
    const volatile sig_atomic_t *stop; /* once it is not 0, training ends after the step; NULL: nobody asks for it */
    const char *dir;         /* the run's folder */
    const cnn_stamp *stamp;  /* noted in each checkpoint */
    json_t *resumed_with;    /* array: what differed at resumes, as cnn_stamp_compare has it */
    cnn_position position;
    cnn_saved saved;
    uint64_t saves; /* checkpoints that this process has written, and their seconds */
    double saving;
    double start, wall_before; /* on the clock: when this process began to train; wall until then */
    struct cnn_callbacks *callbacks; /* those of the pipeline */
    uint64_t *confusion;     /* classes * classes of the last validation, or NULL */
    char *message;           /* why it diverged */
} cnn_training;

/* Allocates resumed_with; the position is the start. */
void cnn_train_begin(cnn_training *training);
/* Takes weights, state and position from the newest checkpoint of the folder that is sound and fits;
 * *found is false if there is none. Faults: CNN_EXIT_OUTPUT when none fits; CNN_EXIT_PIPELINE when the
 * pipeline has fewer steps than the run has taken; and those of cnn_stamp_compare. */
CNN_MUST_CHECK bool cnn_train_restore(cnn_training *training, cnn_resume resume, bool *found,
                                      cnn_report *report);
/* Fills a network, which has room for them, with the weights of a checkpoint read from `path`. Faults:
 * CNN_EXIT_OUTPUT where they do not fit. */
CNN_MUST_CHECK bool cnn_train_take_weights(cnn_network *network, const cnn_checkpoint *checkpoint, const char *path,
                                           cnn_report *report);

/* Whether its rows say at which step they are: where the pipeline counts steps, and where a row ends within an epoch,
 * as in a run that was cut by train.steps and goes on with epochs. */
bool cnn_train_counts_steps(const cnn_training *training);
/* metrics.csv, from the rows of the position. */
CNN_MUST_CHECK bool cnn_train_write_metrics(const cnn_training *training, cnn_report *report);

/* Steps in all, and those that are taken. */
uint64_t cnn_train_steps(const cnn_training *training);
uint64_t cnn_train_steps_done(const cnn_training *training);

/* Trains from the position to the end, writing metrics.csv after each row, a checkpoint after each epoch and at the
 * end, and checkpoints within an epoch as the pipeline says. */
cnn_outcome cnn_train(cnn_training *training, cnn_report *report);
/* Writes a checkpoint of where the training stands. */
CNN_MUST_CHECK bool cnn_train_checkpoint(cnn_training *training, cnn_report *report);
void cnn_train_end(cnn_training *training);

/* The row with the highest validation accuracy, or without accuracy with the lowest validation loss; the first of equals;
 * NULL: there is none. */
const cnn_row *cnn_train_best(const cnn_position *position);

#endif
