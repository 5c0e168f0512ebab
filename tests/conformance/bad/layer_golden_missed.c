/* layer_golden_missed.c - twice its input, where its golden case says three times; the gradient fits the former. */
/* must fail: GOLD-1 */
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
        io->y[i] = 2 * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = 2 * io->dy[i];
}

static const cnn_golden golden[] = {
    {"{}", 1e-6, {1, {2}}, {CNN_VALUES("x", 1, -2), CNN_VALUES("dy", 1, 1), CNN_VALUES("y", 3, -6)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("layer_golden_missed", "another factor than its golden case says",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward,
          .backward = backward, .golden = golden)
