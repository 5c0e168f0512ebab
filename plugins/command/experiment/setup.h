/* setup.h - an experiment before its first training: which runs are asked for, its folder, and what lies in it. */
#ifndef CNN_COMMAND_SETUP_H
#define CNN_COMMAND_SETUP_H

#include "experiment/board.h"

/* Whether --only, where it is given, names the run. */
bool cnn_setup_selects(const cnn_request *request, const char *run);
/* Whether all names of --only are runs. Faults: CNN_EXIT_USAGE. */
CNN_MUST_CHECK bool cnn_setup_check_only(const cnn_board *board, cnn_report *report);

/* The folder of an experiment. */
extern const cnn_folder_kind cnn_setup_folder;

/* A new experiment: its folder, in which none of its runs may be, and the file as it was read. */
CNN_MUST_CHECK bool cnn_setup_create(cnn_board *board, cnn_report *report);
/* An experiment that was begun: it goes on as its folder has it, whatever the file says today. */
CNN_MUST_CHECK bool cnn_setup_reopen(cnn_board *board, cnn_report *report);
/* Then: each trial's folder with its pipeline, and what is known of it. */
CNN_MUST_CHECK bool cnn_setup_trials(cnn_board *board, cnn_report *report);

#endif
