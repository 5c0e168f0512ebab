/* stamp.h - what a training is made with: pipeline, data, plugins, instruction set, version.
 *
 * Each checkpoint carries it, so that a resumed run knows what is no longer the same. Data, seed and
 * pipeline decide what is learnt: where they differ, the run is refused. A plugin's file, the version of
 * cnnrun and the instruction set may change last bits: this is told, kept in the run's record, and the run
 * goes on. */
#ifndef CNN_RUN_STAMP_H
#define CNN_RUN_STAMP_H

#include <jansson.h>

#include "base/version.h"
#include "record/checkpoint.h"
#include "run/session.h"

/* What to do where a run that is resumed differs. */
typedef enum cnn_resume {
    CNN_RESUME,        /* refuse other data, seed, pipeline; tell the rest */
    CNN_RESUME_FORCED, /* refuse nothing, tell all */
    CNN_RESUME_STRICT, /* refuse everything */
} cnn_resume;

/* Facts by name, in a fixed order:
 *
 *   pipeline.PATH                             each value of the resolved pipeline, but for
 *                                             train.epochs, train.steps, train.threads and train.checkpoint
 *   data.train, data.validation, data.test   SHA-256 of shape, images, targets and weights in use
 *   plugin.KIND.NAME                          SHA-256 of the file that was opened
 *   instruction_set, version                  "avx2", "0.1.0" */
typedef struct cnn_stamp {
    char **names, **values;
    size_t count, capacity;
    const char *pipeline; /* the resolved text; the session's */
} cnn_stamp;

/* Reads all samples once (MNIST: 50 ms), but for those that a dataset gives by index and has a fingerprint of; so it is
 * for trainings only. False where a dataset fails. Free it with cnn_stamp_free in any case. */
CNN_MUST_CHECK bool cnn_stamp_take(cnn_stamp *stamp, const cnn_session *session, cnn_report *report);
void cnn_stamp_free(cnn_stamp *stamp);

/* The value of a fact, or NULL. */
const char *cnn_stamp_value(const cnn_stamp *stamp, const char *name);

/* Notes the facts in a checkpoint: the pipeline as the text `pipeline`, others by their names. */
void cnn_stamp_note(const cnn_stamp *stamp, cnn_checkpoint *checkpoint);

/* Compares with what a checkpoint has noted. Appends {"epoch", "step", "what", "was", "now"} to the JSON
 * array `changes` for each fact that differs ("was" is null where the checkpoint does not know it, "now"
 * where there is no such thing now). False with a fault where that is refused: CNN_EXIT_DATA for data,
 * CNN_EXIT_PIPELINE for the pipeline, CNN_EXIT_OUTPUT for the rest under CNN_RESUME_STRICT. What is not
 * refused is told in one warning. `dir` begins the messages. */
CNN_MUST_CHECK bool cnn_stamp_compare(const cnn_stamp *stamp, const cnn_checkpoint *checkpoint, const char *dir,
                                      cnn_resume resume, json_t *changes, cnn_report *report);

/* The same for a run without a checkpoint: `text` is its pipeline.yaml, and only pipelines are compared. */
CNN_MUST_CHECK bool cnn_stamp_compare_pipeline(const cnn_stamp *stamp, const char *text, const char *dir,
                                               cnn_resume resume, cnn_report *report);

#endif
