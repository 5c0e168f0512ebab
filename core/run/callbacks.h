/* callbacks.h - the callbacks of a training: planned, called, stopped by, and kept in its checkpoints. */
#ifndef CNN_RUN_CALLBACKS_H
#define CNN_RUN_CALLBACKS_H

#include "run/loop.h"

/* What was found out about a run: a sentence each, and its code. */
typedef struct cnn_findings {
    char **lines, **codes;
    size_t count;
} cnn_findings;

typedef struct cnn_callbacks cnn_callbacks;

/* Takes the callbacks of the pipeline, in its order, and `findings` after all others, which is made here where
 * the pipeline does not list it. Asks each for its plan. The pointers must outlive the callbacks. NULL with
 * faults: CNN_EXIT_PIPELINE where a callback refuses its parameters, and those of cnn_plugins_open. */
CNN_MUST_CHECK cnn_callbacks *cnn_callbacks_new(const cnn_pipeline *pipeline, const cnn_data *data,
                                                const cnn_network *network, const char *resolved,
                                                cnn_report *report);
void cnn_callbacks_free(cnn_callbacks *callbacks);

/* A training begins with them: nothing is kept, found, or asked for. Fault: CNN_EXIT_SYSTEM. */
CNN_MUST_CHECK bool cnn_callbacks_attach(cnn_training *training, cnn_report *report);

/* The calls. A callback that fails is a fault: CNN_EXIT_PLUGIN, or CNN_EXIT_OUTPUT where it could not write a file;
 * also where it asks for what its plan or the moment does not allow. */
CNN_MUST_CHECK bool cnn_callbacks_begin(cnn_training *training, cnn_report *report);
/* After a step, which the position counts already. *called says whether one was called. */
CNN_MUST_CHECK bool cnn_callbacks_step(cnn_training *training, bool *called, cnn_report *report);
/* After a row was added. */
CNN_MUST_CHECK bool cnn_callbacks_epoch(cnn_training *training, cnn_report *report);
/* Once the training has ended. A checkpoint that is written afterwards holds the weights that the callbacks left,
 * and is resumed as if this call had not been. */
CNN_MUST_CHECK bool cnn_callbacks_end(cnn_training *training, cnn_outcome outcome, cnn_report *report);

/* Who has asked to stop, and why; NULL: nobody. */
const char *cnn_callbacks_stopped_by(const cnn_training *training);
const char *cnn_callbacks_stop_reason(const cnn_training *training);
/* "stopped after epoch 7 by early_stopping: ..."; NULL: nobody has. The caller frees. */
char *cnn_callbacks_stop_line(const cnn_training *training);
const cnn_findings *cnn_callbacks_findings(const cnn_training *training);
/* Whether `end` has changed weights, so that they are not in the checkpoint yet. */
bool cnn_callbacks_restored(const cnn_training *training);
/* Seconds that the callbacks took; negative where the pipeline lists none. */
double cnn_callbacks_seconds(const cnn_training *training);

/* The factor on the schedule's rate, for the step that begins; and the one of the last step. */
double cnn_callbacks_scale(const cnn_training *training);
double cnn_callbacks_last_scale(const cnn_training *training);

/* Puts the weights for validation in place of the training's, or these back. */
void cnn_callbacks_swap(cnn_training *training, bool validation);

/* To a checkpoint, which points to their memory; and from it, once weights and position are taken. Also cuts off
 * what was added to files after the checkpoint. False with a fault: CNN_EXIT_OUTPUT. */
void cnn_callbacks_note(const cnn_training *training, cnn_checkpoint *checkpoint);
CNN_MUST_CHECK bool cnn_callbacks_take(cnn_training *training, const cnn_checkpoint *checkpoint, const char *path,
                                       cnn_report *report);

#endif
