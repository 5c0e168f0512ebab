/* constant.c - every element the same number. */
#include "kernels/fill.h"

struct constant {
    double value;
};

static const cnn_param params[] = {
    CNN_PARAM(struct constant, value, CNN_REAL, "0", -FLT_MAX, FLT_MAX, 0, "of every element"),
    CNN_PARAM_END,
};

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)random, (void)error;
    const struct constant *self = data;
    fill_constant(tensor, self->value, weights);
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)tensor;
    const struct constant *self = data;
    *mean = (double)(float)self->value;
    *variance = 0;
}

/* By tests/golden/cases.py. */
static const cnn_golden golden[] = {
    {"{value: -0.75}", 0, {2, {2, 2}}, {CNN_VALUES("weights", -0.75, -0.75, -0.75, -0.75)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "constant", "every element the same number",
    .doc = "w = value. For biases. A kernel of a hidden layer that starts so never tells its "
           "units apart: they are the same, and their gradients too.\n"
           "Keras: Constant, value 0. PyTorch: constant_, value required.",
    .params = params, .golden = golden, .self_size = sizeof(struct constant), .fill = fill,
    .moments = moments)
