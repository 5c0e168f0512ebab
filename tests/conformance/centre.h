/* centre.h - a layer that takes the batch's mean away in training and a running one in evaluation,
 * for good and broken plugins. */
#include <cnnrun/layer.h>

struct centre {
    double momentum;
    uint64_t count;
};

static const cnn_param params[] = {
    CNN_PARAM(struct centre, momentum, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX, "of the running mean"),
    CNN_PARAM_END,
};

static inline int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct centre *self = data;
    const uint64_t n = self->count = cnn_shape_count(input);
    (void)error;
    plan->output = *input;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"moving_mean", "zeros", {1, {n}}, n, n, CNN_ROLE_MOVING};
    plan->measures = plan->measures_backward = n;
    return 0;
}

/* The sums over the samples. */
static inline void sums(const float *from, uint64_t samples, uint64_t count, double *sums)
{
    for (uint64_t i = 0; i < count; i++) {
        sums[i] = 0;
        for (uint64_t n = 0; n < samples; n++)
            sums[i] += (double)from[n * count + i];
    }
}

/* to = from - the batch's mean */
static inline void centre(float *to, const float *from, const struct centre *self,
                          const cnn_layer_io *io, const double *totals)
{
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        to[i] = from[i] - (float)(totals[i % self->count] / (double)io->batch_samples);
}

static inline void measure(const void *data, const cnn_layer_io *io)
{
    sums(io->x, io->samples, ((const struct centre *)data)->count, io->measured);
}

static inline void forward(const void *data, const cnn_layer_io *io)
{
    const struct centre *self = data;
    if (io->training)
        centre(io->y, io->x, self, io, io->totals);
    for (uint64_t i = 0; !io->training && i < io->samples * self->count; i++)
        io->y[i] = io->x[i] - io->weights[0][i % self->count];
}

static inline void measure_backward(const void *data, const cnn_layer_io *io)
{
    sums(io->dy, io->samples, ((const struct centre *)data)->count, io->measured);
}

static inline void backward(const void *data, const cnn_layer_io *io)
{
    if (io->dx)
        centre(io->dx, io->dy, data, io, io->totals_backward);
}

static inline void update(const void *data, const cnn_layer_update *io)
{
    const struct centre *self = data;
    const double kept = self->momentum;
    for (uint64_t i = 0; i < self->count; i++)
        io->moving[0][i] = (float)(kept * (double)io->moving[0][i] +
                                   (1 - kept) * io->totals[i] / (double)io->samples);
}
