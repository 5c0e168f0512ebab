/* lion.c - Chen et al. 2023, "Symbolic discovery of optimization algorithms" (arXiv:2302.06675):
 * each weight moves by the learning rate, up or down.
 *
 *     w <- w - lr sign(beta_1 m + (1 - beta_1) g);   m <- beta_2 m + (1 - beta_2) g
 * The sign of 0 is 0. */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct lion {
    double learning_rate, beta_1, beta_2;
};

static const cnn_param params[] = {
    CNN_PARAM(struct lion, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base, and how far each weight moves; the paper takes a third to a "
              "tenth of adam's"),
    CNN_PARAM(struct lion, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient in what the sign is taken of"),
    CNN_PARAM(struct lion, beta_2, CNN_REAL, "0.99", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "momentum"};
    return 1;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct lion *self = data;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict m = io->state[0];
    const float rate = (float)io->learning_rate;
    const float beta_1 = (float)self->beta_1, rest_1 = (float)(1 - self->beta_1);
    const float rest_2 = (float)(1 - self->beta_2);
    for (uint64_t i = 0; i < io->count; i++) {
        const float way = beta_1 * m[i] + rest_1 * g[i];
        m[i] += rest_2 * (g[i] - m[i]);
        /* the last case: 0, or NaN, which must not be lost */
        w[i] -= way > 0 ? rate : way < 0 ? -rate : way * rate;
    }
}

/* By `tests/golden/optimizers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5), CNN_VALUES("result", 1.125, -2.375, 0.0),
      CNN_VALUES("momentum", -0.02524900000000002, 0.017399500000000016, 0.0012500000000000011)}},
    {"{beta_1: 0.5, beta_2: 0.75}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5), CNN_VALUES("result", 1.125, -2.375, 0.0),
      CNN_VALUES("momentum", -0.765625, 0.3671875, 0.03125)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "lion", "each weight moves by the learning rate, up or down",
    .doc = "w <- w - lr sign(beta_1 m + (1 - beta_1) g); m <- beta_2 m + (1 - beta_2) g; the sign "
           "of 0 is 0. It keeps one number a weight, half of adam. All steps are equally long, so "
           "a smaller rate than adam's, and a larger weight_decay, are usual; so is a schedule "
           "that falls.\n"
           "From Chen et al. 2023, arXiv:2302.06675. Keras: Lion. PyTorch has no such optimizer.",
    .params = params, .golden = golden, .self_size = sizeof(struct lion), .slots = slots,
    .step = step)
