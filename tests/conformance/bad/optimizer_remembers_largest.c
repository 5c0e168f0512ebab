/* optimizer_remembers_largest.c - scales by the largest gradient that it ever saw. */
/* must fail: DET-4 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static float largest = 1;

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++) {
        largest = fmaxf(largest, fabsf(io->gradient[i]));
        io->weight[i] -= (float)io->learning_rate * io->gradient[i] / largest;
    }
}

CNN_OPTIMIZER("optimizer_remembers_largest", "scales by the largest gradient that it ever saw",
              .params = params, .self_size = sizeof(struct plain), .step = step)
