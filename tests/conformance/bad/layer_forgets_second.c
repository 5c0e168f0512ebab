/* layer_forgets_second.c - adds its inputs, and gives the second the gradient of the first doubled.
 */
/* must fail: LAY-3 */
#include <cnnrun/layer.h>

static uint64_t count_of(const cnn_shape *input)
{
    return cnn_shape_count(input);
}

struct sum {
    uint64_t inputs, count;
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct sum *self = data;
    (void)error;
    const int many = CNN_REACHES(cnn_layer_plan, plan, inputs_taken);
    self->inputs = many ? plan->input_count : 1;
    self->count = count_of(input);
    if (many)
        plan->inputs_taken = plan->input_count;
    plan->output = *input;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct sum *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i];
    for (uint64_t k = 1; k < self->inputs; k++)
        for (uint64_t i = 0; i < io->samples * self->count; i++)
            io->y[i] += io->xs[k][i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct sum *self = data;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i];
    for (uint64_t k = 1; k < self->inputs; k++)
        for (uint64_t i = 0; io->dxs[k] && i < io->samples * self->count; i++)
            io->dxs[k][i] = 2 * io->dy[i];
}

CNN_LAYER("layer_forgets_second", "gives a later input a wrong gradient",
          .self_size = sizeof(struct sum), .plan = plan, .forward = forward, .backward = backward)
