/* expect: PATH: layer plugin 'null_backward': backward is NULL; it must be a function */
#include <cnnrun/layer.h>

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)self;
    plan->output = *input;
    return input->rank ? 0 : cnn_fail(error, "no input");
}

static void forward(const void *self, const cnn_layer_io *io)
{
    (void)self;
    (void)io;
}

CNN_LAYER("null_backward", "goes forward only", .plan = plan, .forward = forward)
