/* layer_assumes_images.c - halves height and width, whatever the input's shape. */
/* must fail: LAY-2 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    plan->output = (cnn_shape){3, {input->dim[0] / 2, input->dim[1] / 2, input->dim[2]}};
    self->count = cnn_shape_count(input);
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count / 4; i++)
        io->y[i] = io->x[4 * i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = i % 4 ? 0 : io->dy[i / 4];
}

CNN_LAYER("layer_assumes_images", "halves height and width, whatever the input's shape",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
