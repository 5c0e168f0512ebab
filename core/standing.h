/* standing.h - where each training of an experiment stands, from its folder; results.csv and
 * tables. */
#ifndef CNN_STANDING_H
#define CNN_STANDING_H

#include "experiment.h"
#include "run.h"

/* Columns of results.csv between status and weights_sha256. */
enum {
    CNN_STANDING_EPOCHS,
    CNN_STANDING_BEST_EPOCH,
    CNN_STANDING_LOSS,
    CNN_STANDING_ACCURACY,
    CNN_STANDING_VAL_LOSS,
    CNN_STANDING_VAL_ACCURACY,
    CNN_STANDING_BEST_VAL,
    CNN_STANDING_TEST_LOSS,
    CNN_STANDING_TEST_ACCURACY,
    CNN_STANDING_SECONDS,
    CNN_STANDING_COLUMNS
};

typedef struct cnn_standing {
    char status[16];                    /* of the summary; "" while there is none */
    double value[CNN_STANDING_COLUMNS]; /* NaN: null or missing */
    char sha256[CNN_SHA256_HEX];
    bool running, selected;
    double epochs, first; /* that it will have; that it had when we began */
} cnn_standing;

/* From DIR/summary.json. */
void cnn_standing_read(cnn_standing *standing, const char *dir);
/* True for completed and diverged: there is nothing left to do. */
bool cnn_standing_ended(const cnn_standing *standing);

/* results.csv: a row for each trial that has a summary. Faults: CNN_EXIT_OUTPUT. */
void cnn_standing_write(const cnn_run *run, const cnn_experiment *experiment,
                        const cnn_standing *standings, cnn_report *report);

/* The table while it runs: a line for each training that has ended; on a terminal, below them and
 * redrawn in place, those that run and one for all, with ETA. All zero: nothing is drawn in place.
 */
typedef struct cnn_table {
    bool terminal;
    int drawn; /* lines to be redrawn */
    double start, drawn_at;
} cnn_table;

void cnn_table_begin(cnn_table *table);
void cnn_table_draw(cnn_table *table, const cnn_run *run, const cnn_experiment *experiment,
                    cnn_standing *standings);
void cnn_table_end(cnn_table *table, const cnn_trial *trial, const cnn_standing *standing);
/* Wipes what is redrawn, so that other lines can follow. */
void cnn_table_wipe(cnn_table *table);

/* What it all came to: each run's mean +- deviation over its seeds, and its first seed's findings.
 */
void cnn_standing_print(const cnn_run *run, const cnn_experiment *experiment,
                        const cnn_standing *standings);

#endif
