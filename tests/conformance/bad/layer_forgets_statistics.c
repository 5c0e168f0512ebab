/* layer_forgets_statistics.c - asks for statistics and hands over one of two. */
/* must fail: MEM-4 */
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
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"moving_mean", "zeros", {1, {1}}, 1, 1, CNN_ROLE_MOVING};
    plan->measures = 2; /* sum and count */
    return 0;
}

static void measure(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    double sum = 0;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        sum += (double)io->x[i];
    io->measured[0] = sum;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] - io->weights[0][0];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
}

static void update(const void *data, const cnn_layer_update *io)
{
    (void)data;
    io->moving[0][0] = (float)(io->totals[0] / io->totals[1]);
}

CNN_LAYER("layer_forgets_statistics", "asks for statistics and hands over one of two",
          .self_size = sizeof(struct shape), .measure = measure, .update = update, .plan = plan, .forward = forward,
          .backward = backward)
