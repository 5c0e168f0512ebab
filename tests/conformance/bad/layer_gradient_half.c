/* layer_gradient_half.c - the gradient lacks a factor of 2. */
/* must fail: LAY-3 */
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
    plan->flags = CNN_USES_INPUT | CNN_ELEMENTWISE;
    return 0;
}

/* y = x * |x| */
static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->x[i] * fabsf(io->x[i]);
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = fabsf(io->x[i]) * io->dy[i];
}

CNN_LAYER("layer_gradient_half", "the gradient lacks a factor of 2",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
