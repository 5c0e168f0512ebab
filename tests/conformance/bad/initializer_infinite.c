/* initializer_infinite.c - the first weight is infinite. */
/* must fail: INIT-1 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    weights[0] = HUGE_VALF;
    return 0;
}

CNN_INITIALIZER("initializer_infinite", "the first weight is infinite", .fill = fill)
