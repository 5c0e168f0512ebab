/* layer_needs_dweights.c - asks nobody whether the gradient of its weight is wanted. */
/* must fail: LAY-17 */
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
    plan->flags = CNN_USES_INPUT;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"gamma", "ones", {1, {1}}, 1, 1, CNN_ROLE_OTHER};
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->weights[0][0] * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    float sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += io->x[i] * io->dy[i];
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = io->weights[0][0] * io->dy[i];
    io->dweights[0][0] += sum;
}

CNN_LAYER("layer_needs_dweights",
          "asks nobody whether the gradient of its weight is wanted",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
