/* layer_not_in_place.c - claims to work in place, but reads x after it has written y over it. */
/* must fail: LAY-9 */
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
    plan->flags = CNN_IN_PLACE;
    return 0;
}

/* y[i] = x[i] + x[i - 1] */
static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->x[i] + (i % self->count ? io->x[i - 1] : 0);
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = io->dy[i] + ((i + 1) % self->count ? io->dy[i + 1] : 0);
}

CNN_LAYER("layer_not_in_place", "claims to work in place, but reads x after writing over it",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
