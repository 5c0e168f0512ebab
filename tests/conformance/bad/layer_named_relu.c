/* layer_named_relu.c - a leaky relu that lets others take it for relu. */
/* must fail: LAY-15 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static void equals(const void *data, cnn_operator *out)
{
    (void)data;
    out->id = CNN_OPERATOR_RELU;
}

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_INPUT | CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] < 0 ? io->x[i] / 8 : io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->x[i] < 0 ? io->dy[i] / 8 : io->dy[i];
}

CNN_LAYER("layer_named_relu", "a leaky relu that says it is relu",
          .self_size = sizeof(struct shape), .equals = equals, .plan = plan,
          .forward = forward, .backward = backward)
