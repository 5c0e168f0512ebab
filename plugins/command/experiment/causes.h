/* causes.h - why trainings of an experiment failed, diverged or did not learn. */
#ifndef CNN_COMMAND_CAUSES_H
#define CNN_COMMAND_CAUSES_H

#include "experiment/file.h"
#include "record/folder.h"
#include "experiment/standing.h"

/* Why trainings failed, diverged or did not learn, from their summaries, and from their standings where a
 * summary could not be written; what several seeds of a run have in common is said once. False if there
 * is nothing to say. */
bool cnn_causes_print(const cnn_run *run, const cnn_experiment *experiment, const cnn_standing *standings);

#endif
