/* layer_forgets_input_flag.c - backward reads x without having asked for it. */
/* must fail: MEM-1 */
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
    plan->flags = CNN_ELEMENTWISE;
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
        io->dx[i] = 2 * fabsf(io->x[i]) * io->dy[i];
}

CNN_LAYER("layer_forgets_input_flag", "backward reads x without having asked for it",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
