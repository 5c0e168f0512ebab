/* my_uniform.c - an initializer with a parameter. */
#include <cnnrun/initializer.h>

typedef struct my_uniform {
    double width;
} my_uniform;

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const my_uniform *own = self;
    (void)error;
    for (uint64_t i = 0; i < cnn_shape_count(&tensor->shape); i++)
        weights[i] = (float)(own->width * (cnn_random_uniform(random, i) - 0.5));
    return 0;
}

static const cnn_param params[] = {
    CNN_PARAM(my_uniform, width, CNN_REAL, "0.2", 0, 10, 0, "width of the interval around 0"),
    CNN_PARAM_END,
};
CNN_INITIALIZER("my_uniform", "uniform around 0", .params = params, .self_size = sizeof(my_uniform),
                .fill = fill)
