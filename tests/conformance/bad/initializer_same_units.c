/* initializer_same_units.c - all units of a layer start the same. */
/* must fail: INIT-7 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    const uint64_t units = tensor->shape.dim[tensor->shape.rank - 1];
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i / units) - 0.5));
    return 0;
}

CNN_INITIALIZER("initializer_same_units", "all units of a layer start the same", .fill = fill)
