/* metric_static_total.c - adds up in a static variable. */
/* must fail: DET-1 */
#include <cnnrun/metric.h>

static double total;

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
    for (uint64_t i = 0; i < shard->samples; i++)
        total += (double)shard->outputs[i * shard->size];
    sums[0] = total;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_static_total", "adds up in a static variable", .plan = plan, .add = add,
           .values = values)
