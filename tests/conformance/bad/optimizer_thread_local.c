/* optimizer_thread_local.c - what init sets is there in one thread only. */
/* must fail: LIFE-4 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static _Thread_local float scale;

static int init(void *self, cnn_error *error)
{
    (void)self, (void)error;
    scale = 1;
    return 0;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= scale * (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_thread_local", "what init sets is there in one thread only",
              .params = params, .self_size = sizeof(struct plain), .init = init, .step = step)
