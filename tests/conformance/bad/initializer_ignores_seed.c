/* initializer_ignores_seed.c - the numbers come from the element's index alone. */
/* must fail: INIT-2 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const cnn_random own = {1, 2};
    (void)self, (void)random, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(&own, i) - 0.5));
    return 0;
}

CNN_INITIALIZER("initializer_ignores_seed", "always the same numbers", .fill = fill)
