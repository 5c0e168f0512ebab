/* template_name.c - the share of samples that the network is sure of and right.
 *
 * The manual of metrics is <cnnrun/metric.h>. */
#include <cnnrun/metric.h>

/* The parameters, as a pipeline may set them: metrics: [template_name: {least: 0.8}]. */
struct settings {
    double least;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, least, CNN_REAL, "0.5", 0, 1, 0,
              "the output of the true class must be above it"),
    CNN_PARAM_END,
};

/* Two values: the columns are template_name_right, template_name_wrong, and the same with val_
 * before them. A metric of one value leaves `names` out; its column is called as it is. */
static const char *const names[] = {"right", "wrong"};

/* Required. Says how many sums and values there are; fails where the metric has no meaning. */
static int plan(void *data, cnn_metric_plan *plan, cnn_error *error)
{
    (void)data;
    if (plan->classes == 0)
        return cnn_fail(error, "it looks at the true class, but the targets are vectors");
    plan->sums = 2;
    plan->values = 2;
    plan->names = names;
    return 0;
}

/* Required. Adds some samples to the sums. Other threads call it at the same time with other sums;
 * what it adds must not depend on where one call ends and the next begins. */
static void add(const void *data, const cnn_metric_shard *shard, double *sums)
{
    const struct settings *self = data;
    for (uint64_t i = 0; i < shard->samples; i++) {
        const float *output = shard->outputs + i * shard->size;
        uint64_t sure = shard->size; /* none */
        for (uint64_t c = 0; c < shard->size; c++)
            if ((double)output[c] > self->least)
                sure = c;
        if (sure < shard->size)
            sums[sure != (uint64_t)shard->labels[i]]++;
    }
}

/* Required. What the sums over so many samples come to. */
static void values(const void *data, uint64_t samples, const double *sums, double *values)
{
    (void)data;
    values[0] = sums[0] / (double)samples;
    values[1] = sums[1] / (double)samples;
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_METRIC("template_name", "the shares of samples that the network is sure of, right and wrong",
           .doc = "right = samples whose true class has an output above `least` / samples; wrong = "
                  "samples in which another class has. Of several such classes the last counts.",
           .params = params, .self_size = sizeof(struct settings), .plan = plan, .add = add,
           .values = values)
