/* ones.c - every element 1. */
#include "kernels/fill.h"

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)random, (void)error;
    fill_constant(tensor, 1, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self, (void)tensor;
    *mean = 1;
    *variance = 0;
}

CNN_INITIALIZER(
    "ones", "every element 1",
    .doc = "w = 1. For scales. A kernel of a hidden layer that starts so never tells its units "
           "apart: they are the same, and their gradients too.\n"
           "Keras: Ones. PyTorch: ones_.",
    .fill = fill, .moments = moments)
