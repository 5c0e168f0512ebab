/* initializer_eats_memory.c - takes all the memory that there is. */
/* must fail: MEM-1 */
#include <cnnrun/initializer.h>

#include <stdlib.h>
#include <string.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    for (char *volatile block; (block = malloc(16u << 20)) != NULL;)
        memset(block, 1, 16u << 20);
    abort();
    return 0;
}

CNN_INITIALIZER("initializer_eats_memory", "takes all the memory that there is", .fill = fill)
