/* old_metric.c - a metric of ABI 2.0: two values, of a loss and a margin. */
#include <cnnrun/metric.h>

typedef struct old_metric {
    double above;
    uint64_t classes;
} old_metric;

static const char *const names[] = {"sure", "mean"};
static const cnn_param params[] = {
    CNN_PARAM(old_metric, above, CNN_REAL, "0.5", 0, 1, 0, "what the true class must exceed"),
    CNN_PARAM_END,
};

static int plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    old_metric *self = data;
    if (plan->classes == 0 || !plan->probabilities)
        return cnn_fail(error, "it takes probabilities of classes");
    self->classes = plan->classes;
    plan->sums = plan->values = 2;
    plan->names = names;
    return 0;
}

static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const old_metric *self = data;
    for (uint64_t i = 0; i < shard->samples; i++) {
        const float p = shard->outputs[i * shard->size + (uint64_t)shard->labels[i]];
        sums[0] += (double)p > self->above;
        sums[1] += (double)p;
    }
}

static void values(const void *data, uint64_t samples, const double *sums, double *values)
{
    (void)data;
    values[0] = sums[0] / (double)samples;
    values[1] = sums[1] / (double)samples;
}

CNN_METRIC("old_metric", "how sure the network is of the true class", .doc = "As it was.",
           .params = params, .self_size = sizeof(old_metric), .plan = plan, .add = add,
           .values = values)
