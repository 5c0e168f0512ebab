/* metric_mean_of_outputs.c - the means and mean squares of the outputs, for classes and for vectors. */
#include <cnnrun/metric.h>

static const char *const names[] = {"mean", "mean_square"};

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
    for (uint64_t i = 0; i < shard->samples * shard->size; i++) {
        const double output = (double)shard->outputs[i];
        sums[0] += output / (double)shard->size;
        sums[1] += output * output / (double)shard->size;
    }
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
    values[1] = sums[1] / (double)samples;
}

CNN_METRIC("metric_mean_of_outputs", "the means and mean squares of the outputs, for classes and for vectors", .plan = plan, .add = add,
           .values = values)
