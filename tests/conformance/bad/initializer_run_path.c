/* initializer_run_path.c - looks for libraries in its author's folder. */
/* must fail: ELF-3 */
/* flags: -Wl,-rpath,/home/author/lib */
#include <cnnrun/initializer.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)self, (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(cnn_random_uniform(random, i) - 0.5);
    return 0;
}

CNN_INITIALIZER("initializer_run_path", "looks for libraries in its author's folder", .fill = fill)
