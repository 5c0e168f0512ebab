/* layer_running_mean.c - takes the shard's mean away in training, the running one in evaluation. */
#include <cnnrun/layer.h>

struct centre {
    double momentum;
    uint64_t count;
};

static const cnn_param params[] = {
    CNN_PARAM(struct centre, momentum, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX, "of the running mean"),
    CNN_PARAM_END,
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct centre *self = data;
    const uint64_t n = self->count = cnn_shape_count(input);
    (void)error;
    plan->output = *input;
    plan->flags = CNN_COUPLED;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"moving_mean", "zeros", {1, {n}}, n, n, CNN_ROLE_MOVING};
    plan->statistics = n;
    return 0;
}

/* to = from - mean over the samples of `from`; the sums go to `sums` if that is wanted. */
static void centre(float *to, const float *from, uint64_t samples, uint64_t count, double *sums)
{
    for (uint64_t i = 0; i < count; i++) {
        double sum = 0;
        for (uint64_t n = 0; n < samples; n++)
            sum += (double)from[n * count + i];
        for (uint64_t n = 0; n < samples; n++)
            to[n * count + i] = from[n * count + i] - (float)(sum / (double)samples);
        if (sums)
            sums[i] = sum;
    }
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct centre *self = data;
    if (io->training)
        centre(io->y, io->x, io->samples, self->count, io->statistics);
    for (uint64_t i = 0; !io->training && i < io->samples * self->count; i++)
        io->y[i] = io->x[i] - io->weights[0][i % self->count];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct centre *self = data;
    if (io->dx)
        centre(io->dx, io->dy, io->samples, self->count, NULL);
}

static void update(const void *data, const cnn_layer_update *io)
{
    const struct centre *self = data;
    const double kept = self->momentum;
    for (uint64_t i = 0; i < self->count; i++) {
        const double mean = io->statistics[i] / (double)io->samples;
        io->moving[0][i] = (float)(kept * (double)io->moving[0][i] + (1 - kept) * mean);
    }
}

CNN_LAYER("layer_running_mean", "takes the mean away", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .forward = forward,
          .backward = backward, .update = update)
