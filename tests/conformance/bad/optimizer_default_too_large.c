/* optimizer_default_too_large.c - a default beyond its own range. */
/* must fail: PAR-1 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "10", 0, 1, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_default_too_large", "a default beyond its own range", .params = params,
              .self_size = sizeof(struct plain), .step = step)
