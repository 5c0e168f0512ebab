/* optimizer_writes_gradient.c - clears the gradient when done. */
/* must fail: MEM-3 */
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
    for (uint64_t i = 0; i < io->count; i++) {
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
        *(volatile float *)(uintptr_t)&io->gradient[i] = 0;
    }
}

CNN_OPTIMIZER("optimizer_writes_gradient", "clears the gradient when done", .params = params,
              .self_size = sizeof(struct plain), .step = step)
