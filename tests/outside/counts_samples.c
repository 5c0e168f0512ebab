/* counts_samples.c - passes on what it gets; its moving weight counts the samples trained on. */
#include <cnnrun/layer.h>
#include <string.h>

typedef struct counts_samples {
    uint64_t count;
} counts_samples;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)error;
    ((counts_samples *)self)->count = cnn_shape_count(input);
    plan->output = *input;
    plan->measures = 1;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"seen", "zeros", {1, {1}}, 1, 1, CNN_ROLE_MOVING};
    return 0;
}

static void measure(const void *self, const cnn_layer_io *io)
{
    (void)self;
    io->measured[0] = (double)io->samples;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    memcpy(io->y, io->x, io->samples * ((const counts_samples *)self)->count * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    if (io->dx)
        memcpy(io->dx, io->dy, io->samples * ((const counts_samples *)self)->count * sizeof(float));
}

static void update(const void *self, const cnn_layer_update *io)
{
    (void)self;
    io->moving[0][0] += (float)io->totals[0];
}

CNN_LAYER("counts_samples", "counts the samples that it is trained on",
          .self_size = sizeof(counts_samples), .plan = plan, .measure = measure, .forward = forward,
          .backward = backward, .update = update)
