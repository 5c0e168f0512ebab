/* initializer_low_seed.c - only the stream's low 32 bits count. */
/* must fail: INIT-2 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const cnn_random low = {random->seed, (uint32_t)random->stream};
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(cnn_random_uniform(&low, i) - 0.5);
    return 0;
}

CNN_INITIALIZER("initializer_low_seed", "only the stream's low 32 bits count", .fill = fill)
