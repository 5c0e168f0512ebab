/* template_name.c - uniform, with a variance of gain^2 / fan_in (LeCun et al. 1998).
 *
 * The manual of initializers is <cnnrun/initializer.h>. */
#include <cnnrun/initializer.h>

/* The parameters, as a pipeline may set them: initializer: {template_name: {gain: 2}}. */
struct settings {
    double gain;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, gain, CNN_REAL, "1", 0, 100, CNN_ABOVE_MIN,
              "standard deviation for a single input"),
    CNN_PARAM_END,
};

/* Where the interval ends, on both sides of 0: a uniform variable's variance is a third of its
 * square. */
static double limit(const struct settings *self, const cnn_tensor *tensor)
{
    return self->gain * sqrt(3 / (double)tensor->fan_in);
}

/* Required. Fills every element. Number i of the tensor's own stream is a function of the seed and
 * of i alone, so that a run repeats to the bit: use no rand(). `tensor` also has shape, role and
 * fan_out; a shape that does not fit is refused by `return cnn_fail(error, "what is wrong, what was
 * expected")`. */
static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const double end = limit(data, tensor);
    (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(end * (2 * cnn_random_uniform(random, i) - 1));
    return 0;
}

/* Optional: mean and variance of what fill() draws. `cnnrun check` tests them. */
static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    const double end = limit(data, tensor);
    *mean = 0;
    *variance = end * end / 3;
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_INITIALIZER("template_name", "uniform, variance gain^2 / fan_in",
                .doc = "w ~ U(-a, a) with a = gain sqrt(3 / fan_in): what enters a unit then has "
                       "the variance of its inputs.",
                .params = params, .self_size = sizeof(struct settings), .fill = fill,
                .moments = moments)
