/* means.h - what the runs of an experiment came to: a line each, with means over their seeds. */
#ifndef CNN_COMMAND_MEANS_H
#define CNN_COMMAND_MEANS_H

#include "experiment/standing.h"

/* Prints the table: each run's mean +- deviation over its seeds, of those that have completed where one has. */
void cnn_means_print(const cnn_experiment *experiment, const cnn_standing *standings);

#endif
