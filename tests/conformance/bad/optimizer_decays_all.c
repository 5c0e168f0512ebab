/* optimizer_decays_all.c - decays where the pipeline has taken decay away. */
/* must fail: OPT-12 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate, decay;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(struct plain, decay, CNN_REAL, "0", 0, 1, 0, "part of a weight taken away"),
    CNN_PARAM_END,
};

static void step(const void *self, const cnn_optimizer_step *io)
{
    const float decay = (float)((const struct plain *)self)->decay;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * (io->gradient[i] + decay * io->weight[i]);
}

CNN_OPTIMIZER("optimizer_decays_all", "decays where the pipeline has taken decay away", .params = params,
              .self_size = sizeof(struct plain), .step = step)
