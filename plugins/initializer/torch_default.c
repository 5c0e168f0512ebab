/* torch_default.c - what PyTorch's Linear and Conv2d start with: uniform in +-1 / sqrt(fan_in). */
#include "kernels/fill.h"

static double bound_of(const cnn_tensor *tensor)
{
    return 1 / sqrt((double)tensor->fan_in);
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    fill_uniform(tensor, random, -bound_of(tensor), bound_of(tensor), weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = bound_of(tensor) * bound_of(tensor) / 3;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.0412356284480653, 0.29029743511311723, -0.11953665076278207,
                 -0.08214056629103636, -0.24492205941029954, 0.14134655221523013)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "torch_default", "uniform in +-1 / sqrt(fan_in), as PyTorch's layers start",
    .doc = "w ~ U[-a, a), a = 1 / sqrt(fan_in), of the variance 1 / (3 fan_in): a sixth of "
           "he_uniform's. PyTorch's Linear and Conv2d start their kernels so, by "
           "kaiming_uniform_ with a = sqrt 5.\n"
           "PyTorch draws the biases from the same interval. Here a bias of n numbers has the "
           "fan_in n, so bias_initializer: torch_default gives +-1 / sqrt n; for PyTorch's "
           "biases say random_uniform with the bounds of the layer's kernel.",
    .golden = golden, .fill = fill, .moments = moments)
