/* layer_divides_by_samples.c - takes the mean over the batch, which is the host's to take. */
/* must fail: LAY-7 */
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
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] / (float)io->samples;
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i] / (float)io->samples;
}

CNN_LAYER("layer_divides_by_samples", "takes the mean over the batch, which is the host's to take",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
