/* sgd.c - stochastic gradient descent, with momentum if wanted.
 *
 *     m <- momentum m - lr g;   w <- w + m;   nesterov: w <- w + momentum m - lr g
 * Momentum: Polyak 1964; nesterov: Sutskever et al. 2013, "On the importance of initialization and
 * momentum in deep learning". */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>

struct sgd {
    double learning_rate, momentum;
    int32_t nesterov;
};

static const cnn_param params[] = {
    CNN_PARAM(struct sgd, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0,
              "the schedule's base. PyTorch's default is 0.001"),
    CNN_PARAM(struct sgd, momentum, CNN_REAL, "0", 0, 1, 0,
              "part of the last movement that is kept; 0 needs no memory"),
    CNN_PARAM_BOOL(struct sgd, nesterov, "false",
                   "look ahead by the momentum; without momentum it changes nothing"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    const struct sgd *self = data;
    if (self->momentum == 0)
        return 0;
    slots[0] = (cnn_slot){.name = "momentum"};
    return 1;
}

static void step_plain(const cnn_optimizer_step *io)
{
    const float *restrict g = io->gradient;
    float *restrict w = io->weight;
    const float rate = (float)io->learning_rate;
    for (uint64_t i = 0; i < io->count; i++)
        w[i] -= rate * g[i];
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct sgd *self = data;
    if (self->momentum == 0) {
        step_plain(io);
        return;
    }
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict m = io->state[0];
    const float rate = (float)io->learning_rate, momentum = (float)self->momentum;
    /* The movement is a m - b g. */
    const float a = self->nesterov ? momentum : 1, b = self->nesterov ? rate : 0;
    for (uint64_t i = 0; i < io->count; i++) {
        m[i] = momentum * m[i] - rate * g[i];
        w[i] += a * m[i] - b * g[i];
    }
}

/* By tests/golden/cases.py. */
static const cnn_golden golden[] = {
    {"{momentum: 0.5, nesterov: true}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1, -2), CNN_VALUES("gradient", 1, -0.5, 0.5, 2),
      CNN_VALUES("rate", 0.25, 0.125), CNN_VALUES("result", 0.46875, -2.15625),
      CNN_VALUES("momentum", -0.1875, -0.1875)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "sgd", "stochastic gradient descent, with momentum if wanted",
    .doc = "w <- w - lr g. With momentum: m <- momentum m - lr g, w <- w + m; with nesterov "
           "w <- w + momentum m - lr g. Simple and, with momentum 0.9 and a schedule, as good as "
           "any in the end; the rate has to be found.\n"
           "Keras: SGD. PyTorch: SGD keeps lr outside of m, which differs while the rate "
           "changes; its dampening is 0 by default, as here.",
    .params = params, .golden = golden, .self_size = sizeof(struct sgd), .slots = slots,
    .step = step)
