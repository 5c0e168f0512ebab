/* my_scale.c - a layer of one trained number: y = gain x. */
#include <cnnrun/layer.h>

typedef struct my_scale {
    uint64_t count; /* of a sample */
} my_scale;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)error;
    ((my_scale *)self)->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_INPUT;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){.name = "gain",
                                    .initializer = "ones",
                                    .shape = {.rank = 1, .dim = {1}},
                                    .fan_in = 1,
                                    .fan_out = 1,
                                    .role = CNN_ROLE_OTHER};
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    for (uint64_t i = 0; i < io->samples * ((const my_scale *)self)->count; i++)
        io->y[i] = io->weights[0][0] * io->x[i];
}

static void backward(const void *self, const cnn_layer_io *io)
{
    double sum = 0;
    for (uint64_t i = 0; i < io->samples * ((const my_scale *)self)->count; i++) {
        sum += (double)io->x[i] * (double)io->dy[i];
        if (io->dx)
            io->dx[i] = io->weights[0][0] * io->dy[i];
    }
    if (io->dweights)
        io->dweights[0][0] += (float)sum;
}

CNN_LAYER("my_scale", "y = gain x", .self_size = sizeof(my_scale), .plan = plan, .forward = forward,
          .backward = backward)
