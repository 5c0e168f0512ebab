/* optimizer_takes_first.c - one gradient moves all weights. */
/* must fail: OPT-6 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[0];
}

CNN_OPTIMIZER("optimizer_takes_first", "one gradient moves all weights", .params = params,
              .self_size = sizeof(struct plain), .step = step)
