/* layer_never_updates.c - its running mean stays 0, so that an evaluation takes nothing away. */
/* must fail: LAY-23 */
#include "../centre.h"

static void no_update(const void *data, const cnn_layer_update *io)
{
    (void)data, (void)io;
}

CNN_LAYER("layer_never_updates", "its running mean stays as it is", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .measure = measure, .forward = forward,
          .measure_backward = measure_backward, .backward = backward, .update = no_update)
