/* metric_writes_past_sums.c - writes one sum more than it asked for. */
/* must fail: MEM-1 */
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
    sums[2] += 1;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_writes_past_sums", "writes one sum more than it asked for", .plan = plan, .add = add,
           .values = values)
