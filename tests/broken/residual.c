/* expect: PATH: no layer may be called 'residual', which means something else in a pipeline's list of layers */
#include <cnnrun/layer.h>

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    (void)self;
    (void)error;
    plan->output = *input;
    return 0;
}

static void pass(const void *self, const cnn_layer_io *io)
{
    (void)self;
    (void)io;
}

CNN_LAYER("residual", "has the name of a block", .plan = plan, .forward = pass, .backward = pass)
