/* layer_evaluates_otherwise.c - triples its input, and doubles it where it is told that there is no training. */
/* must fail: LAY-18 */
#include <cnnrun/layer.h>

struct factor {
    uint64_t count;
    float factor;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct factor *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    self->factor = plan->training ? 3 : 2;
    plan->output = *input;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct factor *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = self->factor * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct factor *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = self->factor * io->dy[i];
}

CNN_LAYER("layer_evaluates_otherwise", "another factor without training",
          .self_size = sizeof(struct factor), .plan = plan, .forward = forward,
          .backward = backward)
