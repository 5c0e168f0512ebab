/* layer_leaky_relu.c - x, or a part of it below 0; works in place, since a slope above 0 keeps the
 * sign. */
#include <cnnrun/layer.h>

struct leaky {
    double negative_slope;
    uint64_t count;
};

static const cnn_param params[] = {
    CNN_PARAM(struct leaky, negative_slope, CNN_REAL, "0.3", 0, 1, CNN_ABOVE_MIN, "below 0"),
    CNN_PARAM_END,
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct leaky *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_OUTPUT | CNN_IN_PLACE | CNN_ELEMENTWISE;
    plan->flops = (double)self->count;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct leaky *self = data;
    const float slope = (float)self->negative_slope;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] > 0 ? io->x[i] : slope * io->x[i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct leaky *self = data;
    const float slope = (float)self->negative_slope;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->y[i] > 0 ? io->dy[i] : slope * io->dy[i];
}

CNN_LAYER("layer_leaky_relu", "x, or a part of it below 0", .params = params,
          .self_size = sizeof(struct leaky), .plan = plan, .forward = forward, .backward = backward)
