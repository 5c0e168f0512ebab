/* initializer_prints.c - prints what it does. */
/* must fail: ENV-6 */
#include <cnnrun/initializer.h>

#include <stdio.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    printf("filled %llu weights\n", (unsigned long long)count);
    fflush(stdout);
    return 0;
}

CNN_INITIALIZER("initializer_prints", "prints what it does", .fill = fill)
