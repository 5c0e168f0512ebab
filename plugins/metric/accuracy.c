/* accuracy.c - how often the network is right. */
#include "kernels/predicted.h"
#include <cnnrun/metric.h>

static int plan(void *self, cnn_metric_plan *plan, cnn_error *error)
{
    (void)self;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    plan->sums = plan->values = 1;
    return 0;
}

static void add(const void *self, const cnn_metric_shard *shard, double *sums)
{
    (void)self;
    for (uint64_t i = 0; i < shard->samples; i++)
        sums[0] +=
            predicted(shard->outputs + i * shard->size, shard->size) == (uint64_t)shard->labels[i];
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC(
    "accuracy", "the share of samples whose largest output is that of the true class",
    .doc =
        "accuracy = samples with argmax(output) = class / samples\n\n"
        "Of equal outputs the first counts, and an output with a NaN is wrong. It is measured in "
        "every pipeline whose targets are classes, whether `metrics` lists it or not. Keras calls "
        "it categorical_accuracy.",
    .plan = plan, .add = add, .values = values)
