/* metric_allocates.c - allocates in add. */
/* must fail: HOT-1 */
#include <stdlib.h>

#include <cnnrun/metric.h>

static int plan(void *self, cnn_metric_plan *plan, cnn_error *error)
{
    (void)self, (void)error;
    plan->sums = 2;
    plan->values = 1;
    return 0;
}

static void add(const void *self, const cnn_metric_shard *shard, double *sums)
{
    (void)self;
    double *copy = malloc(shard->samples * sizeof *copy);
    for (uint64_t i = 0; copy && i < shard->samples; i++)
        copy[i] = (double)shard->outputs[i * shard->size];
    for (uint64_t i = 0; copy && i < shard->samples; i++)
        sums[0] += copy[i];
    free(copy);
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_allocates", "allocates in add", .plan = plan, .add = add,
           .values = values)
