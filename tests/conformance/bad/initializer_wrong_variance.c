/* initializer_wrong_variance.c - claims the variance of the other fan. */
/* must fail: INIT-4 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const double limit = sqrt(3.0 / (double)tensor->fan_out);
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(limit * (2 * cnn_random_uniform(random, i) - 1));
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)self;
    *mean = 0;
    *variance = 1.0 / (double)tensor->fan_in;
}

CNN_INITIALIZER("initializer_wrong_variance", "uniform with variance 1 / fan_out", .fill = fill,
                .moments = moments)
