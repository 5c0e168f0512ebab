/* initializer_as_told.c - zeros, but for `mistake`. */
#include <cnnrun/initializer.h>

typedef struct initializer_as_told {
    int64_t mistake;
} initializer_as_told;

static const cnn_param params[] = {
    CNN_PARAM(initializer_as_told, mistake, CNN_INTEGER, "0", 0, 100, 0, "which; 0: none"),
    CNN_PARAM_END,
};

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const int64_t mistake = ((const initializer_as_told *)self)->mistake;
    uint64_t count = cnn_shape_count(&tensor->shape);
    (void)random;
    if (mistake == 2)
        return cnn_fail(error, "it is empty");
    if (mistake == 3)
        return -1;
    if (mistake == 1)
        count -= 1;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = 0;
    return 0;
}

CNN_INITIALIZER("initializer_as_told", "makes the mistake that it is told to", .params = params,
                .self_size = sizeof(initializer_as_told), .fill = fill)
