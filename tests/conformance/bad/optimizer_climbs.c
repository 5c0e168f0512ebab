/* optimizer_climbs.c - goes up instead of down. */
/* must fail: OPT-4 */
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
        io->weight[i] += (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_climbs", "goes up instead of down", .params = params,
              .self_size = sizeof(struct plain), .step = step)
