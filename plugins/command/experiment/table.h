/* table.h - the table of an experiment while it runs. */
#ifndef CNN_COMMAND_TABLE_H
#define CNN_COMMAND_TABLE_H

#include "experiment/standing.h"

#define CNN_TABLE_DRAWN 64 /* lines that are redrawn, at most */

/* The table while it runs: a line for each training that has ended; on a terminal, below them and
 * redrawn in place, those that run and one for all, with ETA. Lines are made to fit the terminal.
 * All zero: nothing is drawn in place. */
typedef struct cnn_table {
    bool terminal;
    int width;                   /* of the headings that stay */
    int length[CNN_TABLE_DRAWN]; /* of the lines to be redrawn */
    int drawn;
    double start, drawn_at;
} cnn_table;

void cnn_table_begin(cnn_table *table, const cnn_experiment *experiment);
void cnn_table_draw(cnn_table *table, const cnn_run *run, const cnn_experiment *experiment,
                    cnn_standing *standings);
void cnn_table_end(cnn_table *table, const cnn_experiment *experiment, size_t trial,
                   const cnn_standing *standing);
/* Wipes what is redrawn, so that other lines can follow. */
void cnn_table_wipe(cnn_table *table);

#endif
