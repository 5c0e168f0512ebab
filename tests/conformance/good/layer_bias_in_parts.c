/* layer_bias_in_parts.c - adds a bias; its gradient comes in a second phase, cut into parts. */
#include <cnnrun/layer.h>

struct bias {
    uint64_t count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct bias *self = data;
    const uint64_t n = self->count = cnn_shape_count(input);
    (void)error;
    plan->output = *input;
    plan->flags = CNN_IN_PLACE;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"bias", "zeros", {1, {n}}, n, n, CNN_ROLE_BIAS};
    plan->parts = 8;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct bias *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] + io->weights[0][i % self->count];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct bias *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
}

static void weight_gradient(const void *data, const cnn_layer_batch *io)
{
    const struct bias *self = data;
    const uint64_t end = (io->part + 1) * self->count / io->parts;
    for (uint64_t i = io->part * self->count / io->parts; i < end; i++) {
        float sum = 0;
        for (uint64_t n = 0; n < io->samples; n++)
            sum += io->dy[n * self->count + i];
        io->dweights[0][i] = sum;
    }
}

CNN_LAYER("layer_bias_in_parts", "adds a bias", .self_size = sizeof(struct bias), .plan = plan,
          .forward = forward, .backward = backward, .weight_gradient = weight_gradient)
