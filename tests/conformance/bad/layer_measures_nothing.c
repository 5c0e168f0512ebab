/* layer_measures_nothing.c - has a measured weight, and asks for no survey to measure it. */
/* must fail: LAY-1 */
#include "../shifted.h"

static int plan_none(void *data, const cnn_shape *input, cnn_layer_plan *to, cnn_error *error)
{
    const int failed = plan(data, input, to, error);
    to->surveys = 0;
    return failed;
}

CNN_LAYER("layer_measures_nothing", "has a measured weight, and asks for no survey to measure it",
          .self_size = sizeof(struct shifted), .plan = plan_none, .survey = survey,
          .settle = settle, .forward = forward, .backward = backward)
