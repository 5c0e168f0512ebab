/* layer_settles_half.c - leaves the last mean as it was. */
/* must fail: MEM-4 */
#include "../shifted.h"

static int settle_most(const void *data, const cnn_layer_settle *io, cnn_error *error)
{
    const struct shifted *self = data;
    (void)error;
    for (uint64_t i = 0; i + 1 < self->count; i++)
        io->measured[0][i] = (float)(io->totals[i] / (double)io->samples);
    return 0;
}

CNN_LAYER("layer_settles_half", "leaves the last mean as it was",
          .self_size = sizeof(struct shifted), .plan = plan, .survey = survey,
          .settle = settle_most, .forward = forward, .backward = backward)
