/* initializer_uses_rand.c - draws from rand(). */
/* must fail: DET-1 */
#include <cnnrun/initializer.h>

#include <stdlib.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)random, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)rand() / (float)RAND_MAX - 0.5F;
    return 0;
}

CNN_INITIALIZER("initializer_uses_rand", "draws from rand()", .fill = fill)
