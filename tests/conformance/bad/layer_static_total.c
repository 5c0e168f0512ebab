/* layer_static_total.c - threads add into one static variable. */
/* must fail: DET-3 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static volatile float total;

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    self->count = cnn_shape_count(input);
    if (self->count < 1000)
        return cnn_fail(error, "the input has %d elements; it must have 1000 or more",
                        (int)self->count);
    plan->output = *input;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t n = 0; n < io->samples; n++) {
        const float *x = io->x + n * self->count;
        total = 1;
        for (uint64_t i = 0; i < self->count; i++)
            total += x[i] * x[i];
        for (uint64_t i = 0; i < self->count; i++)
            io->y[n * self->count + i] = x[i] / total;
    }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = 2 * io->dy[i];
}

CNN_LAYER("layer_static_total", "threads add into one static variable",
          .self_size = sizeof(struct shape), .plan = plan, .forward = forward, .backward = backward)
