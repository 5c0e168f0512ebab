/* record.h - what a run writes, described once for those who write it and those who read it.
 *
 * These are the files of its folder, the columns of metrics.csv, the keys of summary.json, how a run ends, and what
 * may be found out about it. */
#ifndef CNN_RECORD_RECORD_H
#define CNN_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cnnrun/metric.h>

/* ---- the files of a folder; checkpoint.h has the checkpoints' --------------------------------- */

#define CNN_RUN_PIPELINE "pipeline.yaml"
#define CNN_RUN_SUMMARY "summary.json"
#define CNN_RUN_METRICS "metrics.csv"
#define CNN_RUN_PAGE "report.html"
#define CNN_RUN_PLOTS "plots"
#define CNN_RUN_PLOTTED CNN_RUN_PLOTS "/accuracy.dat" /* the last data file of a page's plots to be written */
#define CNN_RUN_EXPERIMENT "experiment.yaml" /* in an experiment's folder; its runs lie below it */
#define CNN_RUN_RESULTS "results.csv"        /* as well */

/* Bytes; a larger file is not read. The largest confusion matrix takes some 20 MB. */
#define CNN_RUN_SUMMARY_LIMIT ((uint64_t)32 << 20)
#define CNN_RUN_METRICS_LIMIT ((uint64_t)256 << 20)

#define CNN_CHECKPOINT_MOST 100 /* checkpoints that `train.checkpoint.keep` may ask for */

/* ---- metrics.csv ------------------------------------------------------------------------------ */

/* A row: how many epochs were trained, 1, 2, ...; within an epoch a part of it counts (2.5: half of the third).
 * Where targets are no classes, there is no accuracy. The values of other metrics stand in further columns, each as NAME
 * and val_NAME, CNN_MAX_VALUES of them at most. The last column is `step`, where rows may end within an epoch: the steps
 * taken since the beginning. */
typedef struct cnn_metrics_row {
    double epoch, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds, images_per_second;
    double step;
} cnn_metrics_row;

/* Its columns in their order: the name, and where the number lies in a cnn_metrics_row. */
typedef struct cnn_column {
    const char *name;
    size_t offset;
} cnn_column;
#define CNN_COLUMNS 9
#define CNN_FIRST_COLUMNS 8 /* all but `step` */
extern const cnn_column cnn_columns[CNN_COLUMNS];

/* ---- summary.json ----------------------------------------------------------------------------- */

/* Text */
#define CNN_KEY_STATUS "status" /* cnn_outcome_name() */
#define CNN_KEY_STOPPED_BY "stopped_by"   /* the callback that has ended the training early, or null */
#define CNN_KEY_STOP_REASON "stop_reason" /* its reason, or null */
#define CNN_KEY_WEIGHTS "weights_sha256"
#define CNN_KEY_INSTRUCTION_SET "instruction_set"
#define CNN_KEY_VERSION "version"
#define CNN_KEY_HOST "host"
/* Numbers, or null where they are not finite or not measured */
#define CNN_KEY_EPOCHS "epochs" /* a part of one counts, as in metrics.csv */
#define CNN_KEY_STEPS "steps"   /* missing where rows end with epochs alone */
#define CNN_KEY_BEST_EPOCH "best_epoch"
#define CNN_KEY_SEED "seed"
#define CNN_KEY_THREADS "threads"
#define CNN_KEY_PARAMETERS "parameters"
#define CNN_KEY_LOSS "loss"
#define CNN_KEY_ACCURACY "accuracy"
#define CNN_KEY_VAL_LOSS "val_loss"
#define CNN_KEY_VAL_ACCURACY "val_accuracy"
#define CNN_KEY_BEST_VAL_ACCURACY "best_val_accuracy"
#define CNN_KEY_TEST_LOSS "test_loss"
#define CNN_KEY_TEST_ACCURACY "test_accuracy"
#define CNN_KEY_IMAGES_PER_SECOND "images_per_second"
#define CNN_KEY_WALL_SECONDS "wall_seconds"
#define CNN_KEY_PEAK_RSS "peak_rss_bytes"
/* Lists */
#define CNN_KEY_FINDINGS "findings"           /* sentences */
#define CNN_KEY_FINDING_CODES "finding_codes" /* of each sentence cnn_finding_name() */
#define CNN_KEY_CONFUSION "confusion_matrix"  /* rows: true class; or null */
#define CNN_KEY_RESUMED_WITH "resumed_with"
#define CNN_KEY_PLUGINS "plugins" /* objects: */
#define CNN_KEY_PLUGIN_KIND "kind"
#define CNN_KEY_PLUGIN_NAME "name"
#define CNN_KEY_PLUGIN_FILE "file"
#define CNN_KEY_PLUGIN_SHA256 "sha256"
/* An object */
#define CNN_KEY_DATA "data" /* SHA-256 by split */

/* How a training ended. */
typedef enum cnn_outcome {
    CNN_COMPLETED,
    CNN_DIVERGED,
    CNN_INTERRUPTED, /* by the stop flag; the checkpoint holds the very step */
    CNN_FAILED,      /* a file could not be written; the report says which */
    CNN_OUTCOMES     /* their number; and what a text is that names none of them */
} cnn_outcome;

const char *cnn_outcome_name(cnn_outcome outcome);
/* NULL names none. */
cnn_outcome cnn_outcome_find(const char *name);
/* Whether there is nothing left to train. */
bool cnn_outcome_is_final(cnn_outcome outcome);

/* What may be found out about a run; plugins/callback/findings.c makes most of the sentences. */
typedef enum cnn_finding {
    CNN_FINDING_DIVERGED,
    CNN_FINDING_FAILED,        /* written by an experiment for its training: why */
    CNN_FINDING_NOT_FINITE,    /* the loss */
    CNN_FINDING_CHANCE,        /* the accuracy */
    CNN_FINDING_GRADIENTS_END, /* somewhere on their way down */
    CNN_FINDING_NO_GRADIENT,   /* of weights */
    CNN_FINDING_DEAD_UNITS,
    CNN_FINDING_SAME_KERNELS,
    CNN_FINDING_UNMOVED, /* weights */
    CNN_FINDING_COUNT
} cnn_finding;

const char *cnn_finding_name(cnn_finding finding);

/* What the sentence on an accuracy that is chance has in it: summaries of version 0.1.0 may have no codes. */
#define CNN_IS_CHANCE " is chance: "

#endif
