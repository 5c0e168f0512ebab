/* layer_scratch_short.c - uses more scratch than it asks for. */
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
    plan->flags = 0;
    plan->scratch_bytes = self->count * sizeof(float);
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    float *scratch = io->scratch;
    for (uint64_t i = 0; i < self->count; i++)
        scratch[i + 1] = 2;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = scratch[1] * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_scratch_short", "uses more scratch than it asks for",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
