/* initializer_rounds_down.c - the rounding mode is left changed. */
/* must fail: ENV-1 */
#include <cnnrun/initializer.h>

#include <fenv.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    (void)fesetround(FE_DOWNWARD);
    return 0;
}

CNN_INITIALIZER("initializer_rounds_down", "the rounding mode is left changed", .fill = fill)
