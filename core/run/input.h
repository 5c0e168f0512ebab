/* input.h - what a network takes, noted in checkpoints, so that a run can be opened without its data. */
#ifndef CNN_RUN_INPUT_H
#define CNN_RUN_INPUT_H

#include "engine/data.h"
#include "record/checkpoint.h"

/* Notes shape, classes, element, scale and offset of a dataset's samples: "input.shape" is "28 28 1",
 * "input.classes" "10", "input.element" "u8" or "f32", "input.scale" and "input.offset" reals. The datasets of
 * ABI 1 have no names of classes. */
void cnn_input_note(const cnn_dataset_view *view, cnn_checkpoint *checkpoint);

/* Fills a view without samples, images and labels. False where the checkpoint has no such notes, as those of
 * cnnrun 0.1.0 have none, or they make no sense. */
CNN_MUST_CHECK bool cnn_input_read(cnn_dataset_view *view, const cnn_checkpoint *checkpoint);

#endif
