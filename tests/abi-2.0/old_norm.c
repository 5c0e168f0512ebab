/* old_norm.c - a layer of ABI 2.0: measuring, moving weights, saved bytes, random numbers. */
#include <cnnrun/layer.h>

typedef struct old_norm {
    uint64_t count;
    double noise;
} old_norm;

static const cnn_param params[] = {
    CNN_PARAM(old_norm, noise, CNN_REAL, "0.01", 0, 1, 0, "added in training"),
    CNN_PARAM_END,
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    const cnn_shape one = {.rank = 1, .dim = {1}};
    old_norm *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_INPUT | CNN_RANDOM;
    plan->weight_count = 2;
    plan->weights[0] = (cnn_weight){"gain", "ones", one, 1, 1, CNN_ROLE_OTHER};
    plan->weights[1] = (cnn_weight){"moving_mean", "zeros", one, 1, 1, CNN_ROLE_MOVING};
    plan->saved_bytes = sizeof(double);
    plan->scratch_bytes = 64;
    plan->measures = 1;
    plan->flops = (double)self->count;
    return 0;
}

static void measure(const void *data, const cnn_layer_io *io)
{
    const old_norm *self = data;
    double sum = 0;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        sum += (double)io->x[i];
    io->measured[0] = sum / (double)self->count;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const old_norm *self = data;
    double *saved = io->saved;
    for (uint64_t s = 0; s < io->samples; s++) {
        const float *x = io->x + s * self->count;
        const double noise =
            io->training ? self->noise * (cnn_random_uniform(&io->random[s], 0) - 0.5) : 0;
        for (uint64_t i = 0; i < self->count; i++)
            io->y[s * self->count + i] =
                io->weights[0][0] * (x[i] + (float)noise) - io->weights[1][0];
        if (saved)
            saved[s] = noise;
    }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const old_norm *self = data;
    const double *saved = io->saved;
    double sum = 0;
    for (uint64_t i = 0; i < io->samples * self->count; i++) {
        sum += ((double)io->x[i] + saved[i / self->count]) * (double)io->dy[i];
        if (io->dx)
            io->dx[i] = io->weights[0][0] * io->dy[i];
    }
    io->dweights[0][0] += (float)sum;
}

static void update(const void *data, const cnn_layer_update *io)
{
    (void)data;
    const double mean = io->totals[0] / (double)io->samples;
    io->moving[1][0] = (float)(0.9 * (double)io->moving[1][0] + 0.1 * mean);
}

CNN_LAYER("old_norm", "takes a moving mean away", .params = params, .self_size = sizeof(old_norm),
          .plan = plan, .measure = measure, .forward = forward, .backward = backward, .update = update)
