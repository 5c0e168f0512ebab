/* standing.h - where each training of an experiment stands, from its folder; results.csv. */
#ifndef CNN_COMMAND_STANDING_H
#define CNN_COMMAND_STANDING_H

#include "base/file.h"
#include "experiment/file.h"
#include "record/folder.h"

/* Columns of results.csv between status and weights_sha256, behind which stands the reason. */
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
    char *reason; /* why it failed or diverged; else NULL */
    bool running, selected;
    double epochs, first; /* that it will have; that it had when we began */
    double done;          /* that it has while it runs, the one under way by its part; 0: not known */
} cnn_standing;

/* From DIR/summary.json. */
void cnn_standing_read(cnn_standing *standing, const char *dir, cnn_report *report);
/* It has failed, and this is why: into DIR/summary.json, which is made if the training left none, and into
 * the standing, also where the summary cannot be written. Faults: CNN_EXIT_OUTPUT. */
void cnn_standing_fail(cnn_standing *standing, const char *dir, int64_t seed, const char *reason,
                       cnn_report *report);
void cnn_standing_free(cnn_standing *standings, size_t count);
/* The figures of the last epoch in DIR/metrics.csv, of a training under way. */
void cnn_standing_follow(cnn_standing *standing, const char *dir);
/* True for completed and diverged: training has ended. */
bool cnn_standing_ended(const cnn_standing *standing);

/* results.csv: a row for each trial that has a summary or has failed; texts quoted as RFC 4180 has it. Faults: CNN_EXIT_OUTPUT. */
void cnn_standing_write(const cnn_run *run, const cnn_experiment *experiment,
                        const cnn_standing *standings, cnn_report *report);

#endif
