/* initializer_closes_output.c - closes standard output. */
/* must fail: ENV-5 */
#include <cnnrun/initializer.h>

#include <unistd.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    (void)close(STDOUT_FILENO);
    return 0;
}

CNN_INITIALIZER("initializer_closes_output", "closes standard output", .fill = fill)
