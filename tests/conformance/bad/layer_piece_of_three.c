/* layer_piece_of_three.c - doubles its input, and wishes for pieces of three samples. */
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
    plan->piece_samples = 3;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = 2 * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_piece_of_three", "wishes for pieces of three samples",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward,
          .backward = backward)
