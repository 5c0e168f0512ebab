/* initializer_counts_calls.c - each call goes on where the last one ended. */
/* must fail: DET-1 */
#include <cnnrun/initializer.h>

static uint64_t drawn;

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, drawn++) - 0.5));
    return 0;
}

CNN_INITIALIZER("initializer_counts_calls", "each call goes on where the last one ended",
                .fill = fill)
