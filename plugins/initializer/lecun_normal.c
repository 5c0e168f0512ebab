/* lecun_normal.c - LeCun et al. 1998, "Efficient BackProp", section 4.6: the variance 1 / fan_in
 * keeps what passes through a linear layer as large as it was.
 *
 * As in Keras the normal distribution is cut at two of its own standard deviations, and widened so
 * that what is left has the variance wanted. */
#include "kernels/normal.h"

static double variance_of(const cnn_tensor *tensor)
{
    return 1 / (double)tensor->fan_in;
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
      CNN_VALUES("weights", 0.6442330116804933, -0.36233378451494264, 0.8072936941852304,
                 0.35565083440873146, 0.2601398821082743, 0.22872438040638507)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "lecun_normal", "truncated normal, standard deviation sqrt(1 / fan_in)",
    .doc = "w ~ s N(0, 1), redrawn outside +-2 s, with s = sqrt(1 / fan_in) / 0.8796, so that the "
           "standard deviation is "
           "sqrt(1 / fan_in) after the cut. Made for selu (Klambauer et al. 2017, Self-normalizing "
           "neural networks).\n"
           "Keras: LecunNormal. PyTorch: kaiming_normal_ with nonlinearity='linear', not cut.",
    .golden = golden, .fill = fill, .moments = moments)
