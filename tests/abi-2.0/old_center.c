/* old_center.c - a layer of ABI 2.0 that measures the training data: it takes their mean away. */
#include <cnnrun/layer.h>

typedef struct old_center {
    uint64_t count;
} old_center;

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)error;
    ((old_center *)data)->count = cnn_shape_count(input);
    plan->output = *input;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"mean", "zeros", {1, {1}}, 1, 1, CNN_ROLE_MEASURED};
    plan->surveys = 1;
    return 0;
}

static void survey(const void *data, const cnn_layer_survey *io)
{
    const uint64_t count = io->samples * ((const old_center *)data)->count;
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += (double)io->x[i];
    io->sums[0] += sum;
}

static int settle(const void *data, const cnn_layer_settle *io, cnn_error *error)
{
    (void)error;
    const double values = (double)io->samples * (double)((const old_center *)data)->count;
    io->measured[0][0] = (float)(io->totals[0] / values);
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const uint64_t count = io->samples * ((const old_center *)data)->count;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->x[i] - io->weights[0][0];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const uint64_t count = io->samples * ((const old_center *)data)->count;
    for (uint64_t i = 0; io->dx && i < count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("old_center", "takes the mean of the training data away", .doc = "As it was.",
          .self_size = sizeof(old_center), .plan = plan, .survey = survey, .settle = settle,
          .forward = forward, .backward = backward)
