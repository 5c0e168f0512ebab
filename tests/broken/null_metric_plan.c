/* expect: PATH: metric plugin 'null_metric_plan': plan is NULL; it must be a function */
#include <cnnrun/metric.h>

static void add(const void *self, const cnn_metric_shard *shard, double *sums)
{
    (void)self;
    sums[0] += (double)shard->samples;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("null_metric_plan", "lacks plan", .add = add, .values = values)
