/* train.h - `cnnrun PIPELINE.yaml`: the training, as a command without a word of its own. */
#ifndef CNN_TRAIN_H
#define CNN_TRAIN_H

#include "command/command.h"

int cnn_train_run(const cnn_call *call, cnn_report *report);

#endif
