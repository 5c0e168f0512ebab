/* layer_needs_dx.c - writes dx where it is not wanted. */
/* must fail: LAY-14 */
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

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = 2 * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_needs_dx", "writes dx where it is not wanted", .self_size = sizeof(struct shape),
          .plan = plan, .forward = forward, .backward = backward)
