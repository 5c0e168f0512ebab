/* optimizer_lion.c - steps of one size, by the sign of a running mean (Chen et al. 2023). */
#include <cnnrun/optimizer.h>

struct lion {
    double learning_rate, beta_1, beta_2, decay;
};

static const cnn_param params[] = {
    CNN_PARAM(struct lion, learning_rate, CNN_REAL, "0.0003", 0, INFINITY, 0,
              "the schedule's base"),
    CNN_PARAM(struct lion, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX, "of the step's mean"),
    CNN_PARAM(struct lion, beta_2, CNN_REAL, "0.99", 0, 1, CNN_BELOW_MAX,
              "of the mean that is kept"),
    CNN_PARAM(struct lion, decay, CNN_REAL, "0.1", 0, INFINITY, 0,
              "apart from the gradient"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){"momentum", 0, 0};
    return 1;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    const struct lion *lion = self;
    const float b1 = (float)lion->beta_1, b2 = (float)lion->beta_2;
    const float rate = (float)io->learning_rate;
    const float decay = rate * (float)(lion->decay * io->decay_mult);
    float *m = io->state[0];
    for (uint64_t i = 0; i < io->count; i++) {
        const float g = io->gradient[i], mean = b1 * m[i] + (1 - b1) * g;
        io->weight[i] -= decay * io->weight[i];
        io->weight[i] -= rate * (float)((mean > 0) - (mean < 0));
        m[i] = b2 * m[i] + (1 - b2) * g;
    }
}

CNN_OPTIMIZER("optimizer_lion", "steps of one size, by the sign of a running mean",
              .params = params, .self_size = sizeof(struct lion), .slots = slots, .step = step)
