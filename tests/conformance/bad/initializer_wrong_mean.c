/* initializer_wrong_mean.c - forgets to take the middle away. */
/* must fail: INIT-4 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(0.1 * cnn_random_uniform(random, i));
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self, (void)tensor;
    *mean = 0;
    *variance = 0.01 / 12;
}

CNN_INITIALIZER("initializer_wrong_mean", "uniform, said to be around 0", .fill = fill,
                .moments = moments)
