/* optimizer_sleeps.c - waits a little in each step. */
/* must fail: HOT-2 */
#include <cnnrun/optimizer.h>

#include <time.h>

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
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
    const struct timespec little = {0, 1000};
    (void)nanosleep(&little, NULL);
}

CNN_OPTIMIZER("optimizer_sleeps", "waits a little in each step", .params = params,
              .self_size = sizeof(struct plain), .step = step)
