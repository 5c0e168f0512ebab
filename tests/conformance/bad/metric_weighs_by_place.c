/* metric_weighs_by_place.c - the first samples count for more. */
/* must fail: MET-2 */
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
    for (uint64_t i = 0; i < shard->samples; i++)
        sums[0] += (double)shard->outputs[i * shard->size] / (1 + sums[1]++);
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_weighs_by_place", "the first samples count for more", .plan = plan, .add = add,
           .values = values)
