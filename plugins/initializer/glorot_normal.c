/* glorot_normal.c - glorot_uniform's variance, 2 / (fan_in + fan_out), from a normal distribution.
 *
 * Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
 * networks". As in Keras the normal distribution is cut at two of its own standard deviations, and
 * widened so that what is left has the variance wanted. */
#include "kernels/normal.h"

static double variance_of(const cnn_tensor *tensor)
{
    return 2 / ((double)tensor->fan_in + (double)tensor->fan_out);
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    fill_cut_normal(tensor, random, 0, sqrt(variance_of(tensor)) / CUT_STDDEV, weights);
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
      CNN_VALUES("weights", 0.7057219055737907, -0.39691677425010025, 0.8843459336738556,
                 0.3895959692023934, 0.2849689630748728, 0.25055500519993945)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("glorot_normal",
                "truncated normal, standard deviation sqrt(2 / (fan_in + fan_out))",
                .doc = "w ~ s N(0, 1), redrawn outside +-2 s, with s = sqrt(2 / (fan_in + "
                       "fan_out)) / 0.8796, so that "
                       "the standard deviation is sqrt(2 / (fan_in + fan_out)) after the cut. Its "
                       "variance is that of glorot_uniform, which "
                       "see.\n"
                       "Keras: GlorotNormal. PyTorch: xavier_normal_ with gain 1, not cut.",
                .golden = golden, .fill = fill, .moments = moments)
