/* causes.h - why trainings of an experiment failed, diverged or did not learn. */
#ifndef CNN_CAUSES_H
#define CNN_CAUSES_H

#include "experiment.h"
#include "run.h"

/* Why trainings failed, diverged or did not learn, from their summaries; what several seeds of a
 * run have in common is said once. False if there is nothing to say. */
bool cnn_causes_print(const cnn_run *run, const cnn_experiment *experiment);

#endif
