/* shifted.h - a layer that takes away the mean over all training data, for broken plugins. */
#include <cnnrun/layer.h>

struct shifted {
    uint64_t count;
};

static inline int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shifted *self = data;
    const uint64_t n = self->count = cnn_shape_count(input);
    (void)error;
    plan->output = *input;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"mean", "zeros", {1, {n}}, n, n, CNN_ROLE_MEASURED};
    plan->surveys = n;
    return 0;
}

static inline void survey(const void *data, const cnn_layer_survey *io)
{
    const struct shifted *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->sums[i % self->count] += (double)io->x[i];
}

static inline int settle(const void *data, const cnn_layer_settle *io, cnn_error *error)
{
    const struct shifted *self = data;
    (void)error;
    for (uint64_t i = 0; i < self->count; i++)
        io->measured[0][i] = (float)(io->totals[i] / (double)io->samples);
    return 0;
}

static inline void forward(const void *data, const cnn_layer_io *io)
{
    const struct shifted *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] - io->weights[0][i % self->count];
}

static inline void backward(const void *data, const cnn_layer_io *io)
{
    const struct shifted *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
}
