/* old_initializer.c - an initializer of ABI 2.0. */
#include <cnnrun/initializer.h>

struct settings {
    double gain;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, gain, CNN_REAL, "1", 0, 100, CNN_ABOVE_MIN,
              "standard deviation for a single input"),
    CNN_PARAM_END,
};

static double limit(const struct settings *self, const cnn_tensor *tensor)
{
    return self->gain * sqrt(3 / (double)tensor->fan_in);
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const double end = limit(data, tensor);
    (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(end * (2 * cnn_random_uniform(random, i) - 1));
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    const double end = limit(data, tensor);
    *mean = 0;
    *variance = end * end / 3;
}

CNN_INITIALIZER("old_initializer", "uniform, variance gain^2 / fan_in",
                .doc = "w ~ U(-a, a) with a = gain sqrt(3 / fan_in): what enters a unit then has "
                       "the variance of its inputs.",
                .params = params, .self_size = sizeof(struct settings), .fill = fill,
                .moments = moments)
