/* glorot_uniform.c - Glorot and Bengio 2010, "Understanding the difficulty of training deep
 * feedforward neural networks", eq. 16: uniform in +-sqrt(6 / (fan_in + fan_out)).
 *
 * Variance 2 / (fan_in + fan_out) is the mean way between what keeps activations as large on the
 * way forward (1 / fan_in) and gradients as large on the way back (1 / fan_out). */
#include "kernels/fill.h"

static double limit(const cnn_tensor *tensor)
{
    return sqrt(6 / ((double)tensor->fan_in + (double)tensor->fan_out));
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    fill_uniform(tensor, random, -limit(tensor), limit(tensor), weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = limit(tensor) * limit(tensor) / 3;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.07823910398659235, 0.5508006563174342, -0.22680484816709715,
                 -0.1558507666654345, -0.4647069341733737, 0.26818622664722735)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "glorot_uniform", "uniform in +-sqrt(6 / (fan_in + fan_out)), also called Xavier",
    .doc = "w ~ U[-a, a), a = sqrt(6 / (fan_in + fan_out)). Keras's default for the kernels of "
           "dense and convolutional layers; made for activations that are linear near 0 "
           "(tanh), good enough for shallow networks with relu.\n"
           "Keras: GlorotUniform. PyTorch: xavier_uniform_ with gain 1; its layers start with "
           "+-1 / sqrt(fan_in) instead. Caffe's xavier is +-sqrt(3 / fan_in).",
    .golden = golden, .fill = fill, .moments = moments)
