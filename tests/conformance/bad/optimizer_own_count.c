/* optimizer_own_count.c - counts steps itself, so a resumed run differs. */
/* must fail: OPT-5 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static uint64_t steps;

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    const float rate = (float)io->learning_rate / (float)(1 + steps);
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= rate * io->gradient[i];
    steps++;
}

CNN_OPTIMIZER("optimizer_own_count", "counts steps itself, so a resumed run differs",
              .params = params, .self_size = sizeof(struct plain), .step = step)
