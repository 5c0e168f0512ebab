/* layer_fan_zero.c - a weight without fans. */
/* must fail: LAY-1 */
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
    plan->weights[0] = (cnn_weight){"gamma", "ones", {1, {1}}, 0, 0, CNN_ROLE_OTHER};
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->weights[0][0] + io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++) {
        io->dweights[0][0] += io->dy[i];
        if (io->dx)
            io->dx[i] = io->dy[i];
    }
}

CNN_LAYER("layer_fan_zero", "a weight without fans", .self_size = sizeof(struct shape),
          .plan = plan, .forward = forward, .backward = backward)
