/* layer_forgets_share.c - its backward takes the batch's mean for a constant. */
/* must fail: LAY-3 */
#include "../centre.h"

static void backward_constant(const void *data, const cnn_layer_io *io)
{
    for (uint64_t i = 0; io->dx && i < io->samples * ((const struct centre *)data)->count; i++)
        io->dx[i] = io->dy[i];
}

CNN_LAYER("layer_forgets_share", "takes the batch's mean for a constant", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .measure = measure, .forward = forward,
          .measure_backward = measure_backward, .backward = backward_constant, .update = update)
