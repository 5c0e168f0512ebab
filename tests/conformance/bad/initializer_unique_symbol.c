/* initializer_unique_symbol.c - its descriptor is one for the whole process. */
/* must fail: LOAD-3 */
#include <cnnrun/initializer.h>

/* As C++ has it for what is inline. */
#define cnn_plugin cnn_plugin_here
__asm__(".type cnn_plugin, @gnu_unique_object\n.set cnn_plugin, cnn_plugin_here");

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(cnn_random_uniform(random, i) - 0.5);
    return 0;
}

CNN_INITIALIZER("initializer_unique_symbol", "its descriptor is one for the whole process",
                .fill = fill)
