/* input.h - what a network takes, noted in checkpoints, so that a run can be opened without its data. */
#ifndef CNN_RUN_INPUT_H
#define CNN_RUN_INPUT_H

#include "engine/data.h"
#include "record/checkpoint.h"

/* Notes what a network takes and gives: "input.shape" is "28 28 1", "input.element" "u8" or "f32", "input.scale" and
 * "input.offset" reals; "input.classes" is "10", or "input.target" the floats of a vector; "input.names", where
 * classes have names, is a JSON list of them. */
void cnn_input_note(const cnn_dataset_view *view, cnn_checkpoint *checkpoint);

/* Fills a view without samples, images and targets; the names of classes, if there are any, lie in the block *names,
 * which the caller frees. False where the checkpoint has no such notes, as those of cnnrun 0.1.0 have none, or they
 * make no sense. */
CNN_MUST_CHECK bool cnn_input_read(cnn_dataset_view *view, void **names, const cnn_checkpoint *checkpoint);

#endif
