/* layer_absorbs_half.c - applies relu on the way forward only. */
/* must fail: LAY-13 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count, relu;
};

static int absorb(void *data, const cnn_operator *next)
{
    struct shape *self = data;
    self->relu = next->id == CNN_OPERATOR_RELU;
    return (int)self->relu;
}

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = self->relu && io->x[i] < 0 ? 0 : 2 * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_absorbs_half", "applies relu on the way forward only",
          .self_size = sizeof(struct shape), .absorb = absorb, .plan = plan, .forward = forward,
          .backward = backward)
