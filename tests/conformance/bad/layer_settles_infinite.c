/* layer_settles_infinite.c - measures a reciprocal, of 0 too. */
/* must fail: LAY-26 */
#include "../shifted.h"

static int settle_reciprocal(const void *data, const cnn_layer_settle *io, cnn_error *error)
{
    const struct shifted *self = data;
    (void)error;
    for (uint64_t i = 0; i < self->count; i++)
        io->measured[0][i] = (float)(1 / (io->totals[i] - (double)io->samples / 2));
    return 0;
}

CNN_LAYER("layer_settles_infinite", "measures a reciprocal, of 0 too",
          .self_size = sizeof(struct shifted), .plan = plan, .survey = survey,
          .settle = settle_reciprocal, .forward = forward, .backward = backward)
