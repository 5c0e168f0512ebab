/* initializer_pairs.c - draws half as many numbers and uses each twice. */
/* must warn: INIT-8 */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(cnn_random_uniform(random, i / 2) - 0.5);
    return 0;
}

CNN_INITIALIZER("initializer_pairs", "draws half as many numbers and uses each twice", .fill = fill)
