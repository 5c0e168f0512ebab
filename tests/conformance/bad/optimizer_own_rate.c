/* optimizer_own_rate.c - uses its parameter instead of the rate handed in. */
/* must fail: OPT-8 */
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
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)self->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_own_rate", "uses its parameter instead of the rate handed in",
              .params = params, .self_size = sizeof(struct plain), .step = step)
