/* layer_not_elementwise.c - claims it, but looks at the first input too. */
/* must fail: LAY-10 */
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
    plan->flags = CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->x[i] + io->x[i - i % self->count];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    const uint64_t count = io->samples * self->count;
    for (uint64_t s = 0; io->dx && s < count; s += self->count) {
        float sum = 0;
        for (uint64_t i = 0; i < self->count; i++)
            sum += io->dx[s + i] = io->dy[s + i];
        io->dx[s] += sum;
    }
}

CNN_LAYER("layer_not_elementwise", "claims it, but looks at the first input too",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
