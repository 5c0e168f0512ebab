/* state.h - a training's state to and from a checkpoint; private to train*.c. */
#ifndef CNN_RUN_STATE_H
#define CNN_RUN_STATE_H

#include "run/loop.h"

/* Writes weights, optimizer state and position to the run's folder. */
CNN_MUST_CHECK bool cnn_train_save(const cnn_training *training, cnn_report *report);

/* Copies the record `name`, which must be F32 and of the tensor's shape. */
CNN_MUST_CHECK bool cnn_train_load(const cnn_checkpoint *checkpoint, const char *name,
                                   const cnn_weight_tensor *tensor, float *to, const char *path,
                                   cnn_report *report);

#endif
