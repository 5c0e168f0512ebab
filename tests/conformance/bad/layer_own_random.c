/* layer_own_random.c - draws from a counter of its own. */
/* must fail: LAY-12 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static uint64_t drawn;

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_ELEMENTWISE | CNN_RANDOM;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->training ? io->x[i] * (float)(++drawn % 2) : io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("layer_own_random", "draws from a counter of its own", .self_size = sizeof(struct shape),
          .plan = plan, .forward = forward, .backward = backward)
