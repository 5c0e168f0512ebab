/* metric_divides_by_others.c - divides by the samples of the other classes. */
/* must fail: MET-4 */
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
        sums[0] += shard->labels ? shard->labels[i] != 0 : 0;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = (double)samples / sums[0];
}

CNN_METRIC("metric_divides_by_others", "divides by the samples of the other classes", .plan = plan, .add = add,
           .values = values)
