/* optimizer_clips_by_norm.c - scales by the norm of the whole range. */
/* must fail: OPT-6 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct plain *self = data;
    (void)self;
    double norm = 1;
    for (uint64_t i = 0; i < io->count; i++)
        norm += (double)io->gradient[i] * (double)io->gradient[i];
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)(io->learning_rate / norm) * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_clips_by_norm", "scales by the norm of the whole range", .params = params,
              .self_size = sizeof(struct plain), .step = step)
