/* layer_survey_overwrites.c - keeps the sums of the last shard alone. */
/* must fail: LAY-24 */
#include "../shifted.h"

static void survey_last(const void *data, const cnn_layer_survey *io)
{
    const struct shifted *self = data;
    for (uint64_t i = 0; i < self->count; i++)
        io->sums[i] = 0;
    survey(data, io);
}

CNN_LAYER("layer_survey_overwrites", "keeps the sums of the last shard alone",
          .self_size = sizeof(struct shifted), .plan = plan, .survey = survey_last,
          .settle = settle, .forward = forward, .backward = backward)
