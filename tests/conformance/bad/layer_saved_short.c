/* layer_saved_short.c - asks for half of what it saves. */
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
    plan->saved_bytes = self->count / 2; /* of a mask that takes a byte each */
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    unsigned char *mask = io->saved;
    for (uint64_t i = 0; i < io->samples * self->count; i++) {
        io->y[i] = io->x[i] > 0 ? io->x[i] : 0;
        if (mask)
            mask[i] = io->x[i] > 0;
    }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const unsigned char *mask = io->saved;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = mask[i] ? io->dy[i] : 0;
}

CNN_LAYER("layer_saved_short", "asks for half of what it saves", .self_size = sizeof(struct shape),
          .plan = plan, .forward = forward, .backward = backward)
