/* layer_parts_overlap.c - each part of the second phase ends one element too late. */
/* must fail: LAY-8 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->weight_count = 1;
    plan->weights[0] =
        (cnn_weight){"bias", "zeros", {1, {self->count}}, self->count, self->count, CNN_ROLE_BIAS};
    plan->parts = 8;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] + io->weights[0][i % self->count];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
}

static void weight_gradient(const void *data, const cnn_layer_batch *io)
{
    const struct shape *self = data;
    const uint64_t start = io->part * self->count / io->parts;
    const uint64_t end = (io->part + 1) * self->count / io->parts;
    for (uint64_t i = start; i <= end && i < self->count; i++) {
        io->dweights[0][i] = 0;
        for (uint64_t n = 0; n < io->samples; n++)
            io->dweights[0][i] += io->dy[n * self->count + i];
    }
}

CNN_LAYER("layer_parts_overlap", "each part of the second phase ends one element too late",
          .self_size = sizeof(struct shape), .weight_gradient = weight_gradient, .plan = plan,
          .forward = forward, .backward = backward)
