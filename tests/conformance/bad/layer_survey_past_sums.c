/* layer_survey_past_sums.c - adds a number of samples behind its sums. */
/* must fail: MEM-1 */
#include "../shifted.h"

static void survey_count(const void *data, const cnn_layer_survey *io)
{
    survey(data, io);
    io->sums[((const struct shifted *)data)->count] += (double)io->samples;
}

CNN_LAYER("layer_survey_past_sums", "adds a number of samples behind its sums",
          .self_size = sizeof(struct shifted), .plan = plan, .survey = survey_count,
          .settle = settle, .forward = forward, .backward = backward)
