/* lecun_uniform.c - LeCun et al. 1998, "Efficient BackProp", section 4.6: the variance 1 / fan_in
 * keeps what passes through a linear layer as large as it was. Here of a uniform distribution. */
#include "kernels/fill.h"

static double variance_of(const cnn_tensor *tensor)
{
    return 1 / (double)tensor->fan_in;
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
      CNN_VALUES("weights", 0.07142220355408167, 0.5028099069228484, -0.20704355248775555,
                 -0.14227163417855446, -0.4242174507930419, 0.24481940991146584)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("lecun_uniform", "uniform in +-sqrt(3 / fan_in)",
                .doc = "w ~ U[-a, a), a = sqrt(3 / fan_in), of the variance 1 / fan_in. For "
                       "activations that are linear near 0, such as tanh; "
                       "for selu, lecun_normal.\n"
                       "Keras: LecunUniform. PyTorch has no such name. Caffe: xavier, with its "
                       "default variance_norm.",
                .golden = golden, .fill = fill, .moments = moments)
