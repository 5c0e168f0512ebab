/* metric_counts_calls.c - counts calls of add and not samples. */
/* must fail: MET-3 */
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
    (void)self, (void)shard;
    sums[0]++;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_counts_calls", "counts calls of add and not samples", .plan = plan, .add = add,
           .values = values)
