/* he_normal.c - He et al. 2015, "Delving Deep into Rectifiers", eq. 10.
 *
 * A ReLU halves the variance of what passes through it; drawing with standard deviation
 * sqrt(2 / fan_in) gives it back, so deep stacks neither fade nor blow up. As in Keras the normal
 * distribution is cut at two of its own standard deviations, and widened so that what is left has
 * the standard deviation wanted. */
#include "kernels/normal.h"

static double stddev(const cnn_tensor *tensor)
{
    return sqrt(2 / (double)tensor->fan_in);
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    fill_cut_normal(tensor, random, 0, stddev(tensor) / CUT_STDDEV, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = stddev(tensor) * stddev(tensor);
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.9110830624470182, -0.5124173521670023, 1.1416856911350306,
                 0.5029662334901358, 0.3678933493916596, 0.3234651208160928)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "he_normal", "truncated normal, standard deviation sqrt(2 / fan_in), also called Kaiming",
    .doc = "w ~ s N(0, 1), redrawn outside +-2 s, with s = sqrt(2 / fan_in) / 0.8796, so that "
           "the standard deviation is sqrt(2 / fan_in) after the cut. For layers followed by "
           "relu, deep ones above all.\n"
           "Keras: HeNormal. PyTorch: kaiming_normal_ with nonlinearity='relu', not cut. "
           "Caffe: msra, not cut.",
    .golden = golden, .fill = fill, .moments = moments)
