/* metric_keeps_largest.c - keeps the largest output, which is no sum. */
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
    (void)self;
    for (uint64_t i = 0; i < shard->samples * shard->size; i++)
        sums[0] = (double)shard->outputs[i] > sums[0] ? (double)shard->outputs[i] : sums[0];
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_keeps_largest", "keeps the largest output, which is no sum", .plan = plan, .add = add,
           .values = values)
