/* top_k.c - how often the true class is among the k largest outputs. */
#include <cnnrun/metric.h>

struct top_k {
    int64_t k;
};

static const cnn_param params[] = {
    CNN_PARAM(struct top_k, k, CNN_INTEGER, "5", 1, 1e6, 0,
              "how many outputs count; 1 is accuracy, and with as many as classes all are right"),
    CNN_PARAM_END,
};

static int plan(void *self, cnn_metric_plan *plan, cnn_error *error)
{
    (void)self;
    if (plan->classes == 0)
        return cnn_fail(error, "it compares classes, but the targets are vectors");
    plan->sums = plan->values = 1;
    return 0;
}

/* The true class's place among the outputs, from 0, the first of equal ones before the next;
 * the last where one is NaN. */
static uint64_t place(const float *output, uint64_t classes, uint64_t truth)
{
    uint64_t before = 0;
    for (uint64_t c = 0; c < classes; c++) {
        if (isnan(output[c]))
            return UINT64_MAX;
        before += output[c] > output[truth] || (output[c] == output[truth] && c < truth);
    }
    return before;
}

static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct top_k *self = data;
    for (uint64_t i = 0; i < shard->samples; i++)
        sums[0] += place(shard->outputs + i * shard->size, shard->size,
                         (uint64_t)shard->labels[i]) < (uint64_t)self->k;
}

static void values(const void *self, uint64_t samples, const double *sums, double *values)
{
    (void)self;
    values[0] = sums[0] / (double)samples;
}

CNN_METRIC("top_k", "the share of samples whose true class is among the k largest outputs",
           .doc = "top_k = samples whose true class is among the k largest outputs / samples\n\n"
                  "Of equal outputs the first is the larger one, and an output with a NaN is "
                  "wrong. For data with many classes, some of which are alike.\n\n"
                  "Keras: TopKCategoricalAccuracy, where equal outputs are all among the k.",
           .params = params, .self_size = sizeof(struct top_k), .plan = plan, .add = add,
           .values = values)
