/* layer_gaussian_noise.c - adds normal numbers in training, from each sample's own stream. */
#include <cnnrun/layer.h>

struct noise {
    double stddev;
    uint64_t count;
};

static const cnn_param params[] = {
    CNN_PARAM(struct noise, stddev, CNN_REAL, "0.1", 0, INFINITY, 0, "of what is added"),
    CNN_PARAM_END,
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct noise *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_RANDOM | CNN_IN_PLACE | CNN_ELEMENTWISE;
    return 0;
}

static double normal(const cnn_random *random, uint64_t i)
{
    const double radius = sqrt(-2 * log(1 - cnn_random_uniform(random, 2 * i)));
    return radius * cos(6.283185307179586 * cnn_random_uniform(random, 2 * i + 1));
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct noise *self = data;
    for (uint64_t n = 0; n < io->samples; n++)
        for (uint64_t i = 0; i < self->count; i++) {
            const double added = io->training ? self->stddev * normal(&io->random[n], i) : 0;
            io->y[n * self->count + i] = io->x[n * self->count + i] + (float)added;
        }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct noise *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("layer_gaussian_noise", "adds normal numbers in training", .params = params,
          .self_size = sizeof(struct noise), .plan = plan, .forward = forward, .backward = backward)
