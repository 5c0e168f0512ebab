/* layer_ignores_totals.c - takes the mean of its shard away, in place of the batch's. */
/* must fail: LAY-22 */
#include "../centre.h"

static void forward_shard(const void *data, const cnn_layer_io *io)
{
    const struct centre *self = data;
    if (!io->training) {
        forward(data, io);
        return;
    }
    for (uint64_t i = 0; i < self->count; i++) {
        double sum = 0;
        for (uint64_t n = 0; n < io->samples; n++)
            sum += (double)io->x[n * self->count + i];
        for (uint64_t n = 0; n < io->samples; n++)
            io->y[n * self->count + i] =
                io->x[n * self->count + i] - (float)(sum / (double)io->samples);
    }
}

CNN_LAYER("layer_ignores_totals", "takes the mean of its shard away", .params = params,
          .self_size = sizeof(struct centre), .plan = plan, .measure = measure,
          .forward = forward_shard, .measure_backward = measure_backward, .backward = backward,
          .update = update)
