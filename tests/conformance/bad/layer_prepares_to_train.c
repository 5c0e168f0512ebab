/* layer_prepares_to_train.c - prepares for training only, though evaluation reads it too. */
/* must fail: LAY-4 */
#include <cnnrun/layer.h>

struct scale {
    uint64_t count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct scale *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_INPUT;
    plan->weight_count = 1;
    plan->weights[0] =
        (cnn_weight){"scale", "ones", *input, self->count, self->count, CNN_ROLE_KERNEL};
    plan->prepared_bytes = self->count * sizeof(float);
    plan->flops = (double)self->count;
    return 0;
}

static void square(const struct scale *self, const float *w, float *squares)
{
    for (uint64_t i = 0; i < self->count; i++)
        squares[i] = w[i] * w[i];
}

static void prepare(const void *data, const cnn_layer_prepare *io)
{
    if (io->training)
        square(data, io->weights[0], io->prepared);
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct scale *self = data;
    const float *squares = io->prepared;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = squares[i % self->count] * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct scale *self = data;
    const float *squares = io->prepared, *w = io->weights[0];
    for (uint64_t i = 0; i < io->samples * self->count; i++) {
        const uint64_t k = i % self->count;
        if (io->dweights)
            io->dweights[0][k] += 2 * w[k] * io->x[i] * io->dy[i];
        if (io->dx)
            io->dx[i] = squares[k] * io->dy[i];
    }
}

CNN_LAYER("layer_prepares_to_train", "w^2 x", .self_size = sizeof(struct scale), .plan = plan,
          .forward = forward, .backward = backward, .prepare = prepare)
