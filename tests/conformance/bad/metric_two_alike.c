/* metric_two_alike.c - two values have the same name. */
/* must fail: MET-1 */
#include <cnnrun/metric.h>

static const char *const names[] = {"mean", "mean"};

static int plan(void *self, cnn_metric_plan *plan, cnn_error *error)
{
    (void)self, (void)error;
    plan->sums = 2;
    plan->values = 2;
    plan->names = names;
    return 0;
}

static void add(const void *self, const cnn_metric_shard *shard, double *sums)
{
    (void)self;
    for (uint64_t i = 0; i < shard->samples; i++)
        sums[0] += (double)shard->outputs[i * shard->size];
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = values[1] = sums[0] / (double)samples;
}

CNN_METRIC("metric_two_alike", "two values have the same name", .plan = plan, .add = add,
           .values = values)
