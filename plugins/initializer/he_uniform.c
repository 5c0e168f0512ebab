/* he_uniform.c - He et al. 2015, "Delving Deep into Rectifiers", eq. 10: the variance 2 / fan_in,
 * here of a uniform distribution. */
#include "kernels/fill.h"

static double variance_of(const cnn_tensor *tensor)
{
    return 2 / (double)tensor->fan_in;
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    const double bound = sqrt(3 * variance_of(tensor));
    fill_uniform(tensor, random, -bound, bound, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = variance_of(tensor);
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.10100624892075416, 0.7110805896658459, -0.29280379993008965,
                 -0.20120247459629526, -0.5999340723068609, 0.3462269298289731)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("he_uniform", "uniform in +-sqrt(6 / fan_in)",
                .doc = "w ~ U[-a, a), a = sqrt(6 / fan_in). Its variance is that of he_normal, 2 / "
                       "fan_in, for layers followed by "
                       "relu.\n"
                       "Keras: HeUniform. PyTorch: kaiming_uniform_ with nonlinearity='relu'; its "
                       "default, leaky_relu with a = 0, is the same.",
                .golden = golden, .fill = fill, .moments = moments)
