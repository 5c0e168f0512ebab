/* layer_survey_of_means.c - adds the mean of a call, whatever number of samples it has. */
/* must fail: LAY-25 */
#include "../shifted.h"

static void survey_means(const void *data, const cnn_layer_survey *io)
{
    const struct shifted *self = data;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->sums[i % self->count] += (double)io->x[i] / (double)io->samples;
}

CNN_LAYER("layer_survey_of_means", "adds the mean of a call, whatever number of samples it has",
          .self_size = sizeof(struct shifted), .plan = plan, .survey = survey_means,
          .settle = settle, .forward = forward, .backward = backward)
