/* layer_equals_subtract.c - the second of two inputs less the first, and says that it is subtract. */
/* must fail: LAY-15 */
#include <cnnrun/layer.h>

struct shape {
    uint64_t count;
};

static void equals(const void *data, cnn_operator *out)
{
    (void)data;
    out->id = CNN_OPERATOR_SUBTRACT;
}

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct shape *self = data;
    self->count = cnn_shape_count(input);
    if (plan->input_count != 2)
        return cnn_fail(error, "it takes two inputs");
    plan->inputs_taken = 2;
    plan->output = *input;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->xs[1][i] - io->xs[0][i];
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct shape *self = data;
    for (uint64_t k = 0; k < 2; k++)
        for (uint64_t i = 0; io->dxs[k] && i < io->samples * self->count; i++)
            io->dxs[k][i] = k == 0 ? -io->dy[i] : io->dy[i];
}

CNN_LAYER("layer_equals_subtract", "subtracts the other way round",
          .self_size = sizeof(struct shape), .equals = equals, .plan = plan, .forward = forward,
          .backward = backward)
