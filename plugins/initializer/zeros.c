/* zeros.c - every element 0. */
#include "kernels/fill.h"

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)random, (void)error;
    fill_constant(tensor, 0, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self, (void)tensor;
    *mean = 0;
    *variance = 0;
}

CNN_INITIALIZER(
    "zeros", "every element 0",
    .doc = "w = 0. Right for biases. A kernel of a hidden layer that starts so stays so: all its "
           "units are the same, and their gradients too.\n"
           "Keras: Zeros. PyTorch: zeros_.",
    .fill = fill, .moments = moments)
