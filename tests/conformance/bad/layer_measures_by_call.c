/* layer_measures_by_call.c - measures only the shard that comes first. */
/* must fail: LAY-21 */
#include "../centre.h"

static int calls;

static void measure_first(const void *data, const cnn_layer_io *io)
{
    measure(data, io);
    for (uint64_t i = 0; calls > 0 && i < ((const struct centre *)data)->count; i++)
        io->measured[i] = 0;
    calls++;
}

CNN_LAYER("layer_measures_by_call", "measures only the shard that comes first", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .measure = measure_first,
          .forward = forward, .measure_backward = measure_backward, .backward = backward,
          .update = update)
