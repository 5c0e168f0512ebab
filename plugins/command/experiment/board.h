/* board.h - an experiment under way: its trainings, each a child process, so that none ends another. */
#ifndef CNN_COMMAND_BOARD_H
#define CNN_COMMAND_BOARD_H

#include "command/request.h"
#include "experiment/child.h"
#include "experiment/file.h"
#include "experiment/table.h"
#include "record/folder.h"

typedef struct cnn_board {
    const cnn_request *request;
    cnnrun_options options; /* where plugins are */
    cnn_experiment experiment;
    cnn_run run;         /* the experiment's folder */
    cnn_child *children; /* one a trial */
    cnn_standing *standings;
    cnn_table table;
    bool failed; /* some training has */
} cnn_board;

/* Whether there is something to do for a training: to go on with it, or to write its page with its plots, before
 * which it may have been killed, or there was no room for it. */
bool cnn_board_is_open(const cnn_board *board, size_t trial);
/* Starts, awaits, and on a signal stops the trainings that are open, until all are through. Writes results.csv after
 * each, and shows how far they are. */
void cnn_board_run(cnn_board *board, cnn_report *report);

#endif
