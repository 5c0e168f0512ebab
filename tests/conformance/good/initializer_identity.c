/* initializer_identity.c - 1 where input and output meet, 0 elsewhere; refuses what is no matrix.
 */
#include <cnnrun/initializer.h>

struct identity {
    double gain;
};

static const cnn_param params[] = {
    CNN_PARAM(struct identity, gain, CNN_REAL, "1", -INFINITY, INFINITY, 0, "what stands for 1"),
    CNN_PARAM_END,
};

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const cnn_shape *shape = &tensor->shape;
    (void)random;
    if (shape->rank != 2)
        return cnn_fail(error, "%s has rank %d; an identity has rank 2", tensor->name,
                        (int)shape->rank);
    for (uint64_t i = 0; i < shape->dim[0]; i++)
        for (uint64_t o = 0; o < shape->dim[1]; o++)
            weights[i * shape->dim[1] + o] =
                i == o ? (float)((const struct identity *)self)->gain : 0;
    return 0;
}

CNN_INITIALIZER("initializer_identity", "1 where input and output meet, 0 elsewhere",
                .params = params, .self_size = sizeof(struct identity), .fill = fill)
