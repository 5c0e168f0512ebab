/* metric.h - a metric tells how good a network is, by one number or several, from sums over the samples.
 *
 *   #include <cnnrun/metric.h>
 *   static int plan(void *self, cnn_metric_plan *plan, cnn_error *error)
 *   {
 *       (void)self;
 *       if (plan->classes == 0)
 *           return cnn_fail(error, "it counts classes, and the targets are vectors");
 *       plan->sums = plan->values = 1;
 *       return 0;
 *   }
 *   static void add(const void *self, const cnn_metric_shard *shard, double *sums)
 *   {
 *       (void)self;
 *       for (uint64_t i = 0; i < shard->samples; i++)
 *           sums[0] += shard->outputs[i * shard->size + (uint64_t)shard->labels[i]] > 0.5F;
 *   }
 *   static void values(const void *self, uint64_t samples, const double *sums, double *values)
 *   {
 *       (void)self;
 *       values[0] = sums[0] / (double)samples;
 *   }
 *   CNN_METRIC("sure", "how often the true class gets more than half", .plan = plan, .add = add,
 *              .values = values)
 *
 * That is a whole plugin. A metric stands under `metrics` in a pipeline. A loss may stand there too, and needs no
 * metric: its mean over the samples is taken. A metric is for what is no mean of one number a sample: F1, AUC,
 * a correlation.
 *
 * Where it is measured   Of the training data, the sums grow from step to step within an epoch, and start at 0 with
 *                        each epoch; they are part of each checkpoint. Dropout is on, and the weights change
 *                        meanwhile. Of the validation and the test data, the weights stay as they are.
 * Order of the calls     plan    once a self, before memory is allocated
 *                        add     once for each shard of samples
 *                        values  where a number is wanted: after an epoch, a validation, an evaluation, or a
 *                                step that is watched
 * Order of the sums      The host hands out zeroed sums to fixed groups of shards. Within a group the plugin adds
 *                        shard after shard; the host then adds up the groups, sum by sum, in an order that depends
 *                        on the number of groups alone, and never on threads. So a sum must be a quantity that adds
 *                        up over samples: a count, or a sum of numbers. Counts are exact in any order, up to 2^53.
 *                        A maximum or a list of samples is no sum; a histogram is.
 * Memory                 The host keeps the sums at most 35 times. CNN_MAX_SUMS is the limit for all metrics of a
 *                        pipeline together, and makes that 272 MiB.
 * Weights of samples     class_weight and weights of samples are for the loss; a metric does not see them.
 * Columns                One value stands in metrics.csv as NAME and val_NAME; of several, each as NAME_VALUE and
 *                        val_NAME_VALUE, in the plan's order. `accuracy` alone has columns of its own. */
#ifndef CNNRUN_METRIC_H
#define CNNRUN_METRIC_H

#include <cnnrun/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_MAX_SUMS (1u << 20) /* the counts of 1,024 classes by 1,024 */
#define CNN_MAX_VALUES 32u      /* of all metrics of a pipeline together, without accuracy */

/* Filled by plan. */
typedef struct cnn_metric_plan {
    uint64_t struct_size;

    /* What the host says. */
    uint64_t size;          /* floats of an output, which is what the last layer gives: 1 or more */
    uint64_t classes;       /* the targets are classes, 0 to classes - 1, and size is classes; 0: they are vectors of
                               `size` floats */
    uint32_t probabilities; /* 1: the network ends in softmax; 0: the outputs may be any numbers */
    uint32_t reserved;      /* 0 */

    /* What the metric asks for; zeroed by the host. */
    uint64_t sums;          /* doubles, 1 to CNN_MAX_SUMS */
    uint64_t values;        /* numbers that it gives, 1 to CNN_MAX_VALUES */
    const char *const *names; /* of the values, [a-z0-9_]+ and no two alike; valid until fini. NULL, for one value: it
                                 is called as the metric */
} cnn_metric_plan;

/* Some samples: at least one, as a rule 16. */
typedef struct cnn_metric_shard {
    uint64_t struct_size;
    uint64_t samples;
    uint64_t size;         /* floats of one output, as in the plan */
    const float *outputs;  /* samples * size; any numbers, infinite and NaN among them */
    const int32_t *labels; /* a class for each sample, 0 to classes - 1; NULL where targets are vectors */
    const float *targets;  /* samples * size; NULL where targets are classes */
} cnn_metric_shard;

typedef struct cnn_metric {
    CNN_HEAD_FIELDS

    /* Required. [setup], once a self. Says what the metric needs for outputs of this size, and fails where it has
     * no meaning for them: the message then stands at the metric's place in the pipeline, with exit 3. May keep
     * sizes in self, and allocate there, for fini to give back. */
    int (*plan)(void *self, cnn_metric_plan *plan, cnn_error *error);

    /* Required. [train] Adds the samples of a shard to sums[0 .. plan->sums). A sum is a function of the samples
     * alone and not of their order or of how they are cut into shards, but for rounding. */
    void (*add)(const void *self, const cnn_metric_shard *shard, double *sums);

    /* Required. [train], main thread only. Writes values[0 .. plan->values) from the sums over `samples` (1 or more)
     * samples. Finite, where the outputs were; where a number has no value (no sample of a class), says 0 or what
     * its doc says. */
    void (*values)(const void *self, uint64_t samples, const double *sums, double *values);
} cnn_metric;

#define CNN_METRIC(NAME, SUMMARY, ...)                                                              \
    CNN_PLUGIN_(CNN_KIND_METRIC, cnn_metric, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
