/* adagrad.c - Duchi, Hazan and Singer 2011, "Adaptive subgradient methods for online learning and
 * stochastic optimization": each weight's rate falls with the squares of all its gradients.
 *
 *     a <- a + g^2;   w <- w - lr g / sqrt(a + epsilon) */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct adagrad {
    double learning_rate, initial_accumulator_value, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct adagrad, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base. PyTorch's default is 0.01"),
    CNN_PARAM(struct adagrad, initial_accumulator_value, CNN_REAL, "0.1", 0, 1000, 0,
              "what the sum of squares begins with; PyTorch's default is 0"),
    CNN_PARAM(struct adagrad, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
              "keeps the division finite. PyTorch's default is 1e-10, and it is added to sqrt a"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    const struct adagrad *self = data;
    slots[0] = (cnn_slot){.name = "accumulator", .initial = (float)self->initial_accumulator_value};
    return 1;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct adagrad *self = data;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict a = io->state[0];
    const float rate = (float)io->learning_rate, epsilon = (float)self->epsilon;
    for (uint64_t i = 0; i < io->count; i++) {
        a[i] += g[i] * g[i];
        w[i] -= rate * g[i] / sqrtf(a[i] + epsilon);
    }
}

/* By `tests/golden/optimizers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 1.1879966025353021, -1.9680842346869454, 0.31619642395915837),
      CNN_VALUES("accumulator", 17.35, 4.4125, 0.115625)}},
    {"{initial_accumulator_value: 0.0, epsilon: 0.01}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 1.1769651722481769, -1.9361034856356325, 0.10956559527848486),
      CNN_VALUES("accumulator", 17.25, 4.3125, 0.015625)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "adagrad", "steps sized by the sum of all squared gradients so far",
    .doc = "a <- a + g^2; w <- w - lr g / sqrt(a + epsilon). Weights that seldom have a gradient "
           "keep a large rate. The rate of all only falls, so long trainings slow down; rmsprop "
           "and adam forget old gradients.\n"
           "Keras: Adagrad. PyTorch: Adagrad, which adds epsilon to the root; its lr_decay is "
           "inverse_time_decay.",
    .params = params, .golden = golden, .self_size = sizeof(struct adagrad), .slots = slots,
    .step = step)
