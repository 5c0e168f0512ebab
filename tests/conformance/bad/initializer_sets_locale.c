/* initializer_sets_locale.c - numbers of the whole process change their looks. */
/* must fail: ENV-2 */
#include <cnnrun/initializer.h>

#include <locale.h>

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    (void)self, (void)error;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(0.1 * (cnn_random_uniform(random, i) - 0.5));
    (void)setlocale(LC_ALL, "C.UTF-8");
    return 0;
}

CNN_INITIALIZER("initializer_sets_locale", "numbers of the whole process change their looks",
                .fill = fill)
