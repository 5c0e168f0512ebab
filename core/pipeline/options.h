/* options.h - the options that the host reads beside the parameters of every optimizer. */
#ifndef CNN_PIPELINE_OPTIONS_H
#define CNN_PIPELINE_OPTIONS_H

#include "pipeline/pipeline.h"

extern const cnn_head cnn_optimizer_table; /* cnn_optimizer_spec */

/* The default that the optimizer gives a real option of the table; 0: none. */
double cnn_optimizer_default(const cnn_optimizer *optimizer, const cnn_param *option);

/* Once the spec is read: the optimizer's own defaults, where nothing is given, and a fault where two clips are. */
void cnn_optimizer_settle(cnn_optimizer_spec *spec, cnn_report *report);

#endif
