/* metric_trusts_outputs.c - takes an output for a place in a table. */
/* must fail: MET-5 */
#include <cnnrun/metric.h>

static const double table[4] = {1, 2, 3, 4};

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
    for (uint64_t i = 0; i < shard->samples; i++) {
        const double output = (double)shard->outputs[i * shard->size];
        sums[0] += table[output < 1 ? (int)(output * 3) : 3];
    }
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("metric_trusts_outputs", "takes an output for a place in a table", .plan = plan, .add = add,
           .values = values)
