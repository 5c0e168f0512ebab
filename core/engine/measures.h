/* measures.h - what is measured of a network's outputs: the loss, and the metrics of the pipeline.
 *
 * Each measure has some sums over samples. They lie one behind the other in an array of doubles, the loss's first.
 * A metric adds to its sums shard by shard; of a loss, and of one that stands among the metrics, there is one sum, that
 * of its value. */
#ifndef CNN_ENGINE_MEASURES_H
#define CNN_ENGINE_MEASURES_H

#include "engine/data.h"
#include "pipeline/pipeline.h"
#include "record/results.h"

typedef struct cnn_measure {
    const cnn_instance *instance; /* a metric or a loss */
    uint64_t at;                  /* where its part of the array begins */
    uint64_t values;
} cnn_measure;

typedef struct cnn_measures {
    cnn_measure list[CNN_MAX_METRICS + 1]; /* as in the pipeline; the training's loss is not among them */
    size_t count;
    uint64_t sums;                  /* of all, the loss's too */
    char *names[CNN_MAX_VALUES];    /* of their values, but for accuracy's */
    size_t values;
    bool accuracy;                  /* the first one is accuracy */
} cnn_measures;

/* Sums over samples. */
typedef struct cnn_totals {
    uint64_t samples;
    double *sums; /* measures->sums of them */
} cnn_totals;

/* What they come to. NaN where there are no samples, or no accuracy. */
typedef struct cnn_scores {
    uint64_t samples;
    double loss, accuracy;
    double metric[CNN_MAX_VALUES];
} cnn_scores;

/* Asks each metric for its plan; outputs have `size` floats. The measures are zeroed before, and point into the
 * pipeline. Faults: CNN_EXIT_PIPELINE where a metric has no meaning here, or where there are too many values or sums;
 * CNN_EXIT_PLUGIN where one breaks its contract. */
CNN_MUST_CHECK bool cnn_measures_plan(cnn_measures *measures, const cnn_pipeline *pipeline, uint64_t size,
                                      uint64_t classes, bool probabilities, cnn_report *report);
void cnn_measures_free(cnn_measures *measures);

/* The columns that a run's rows have for them; without steps. */
cnn_row_form cnn_measures_form(const cnn_measures *measures);

/* Adds a shard to the sums of metrics; and the value of a sample to those of losses. Any thread. */
void cnn_measures_add(const cnn_measures *measures, const cnn_metric_shard *shard, double *sums);
void cnn_measures_add_losses(const cnn_measures *measures, const double *output, const double *target,
                             size_t size, double *sums);

/* Main thread. Accuracy alone, and all. */
double cnn_measures_accuracy(const cnn_measures *measures, const cnn_totals *totals);
cnn_scores cnn_measures_scores(const cnn_measures *measures, const cnn_totals *totals);

#endif
