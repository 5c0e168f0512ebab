/* adamax.c - Kingma and Ba 2015, "Adam: a method for stochastic optimization" (arXiv:1412.6980),
 * section 7.1: adam with the largest of the recent gradients in place of their mean square.
 *
 *     m <- beta_1 m + (1 - beta_1) g;   u <- max(beta_2 u, |g|)
 *     w <- w - lr / (1 - beta_1^t) m / (u + epsilon) */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct adamax {
    double learning_rate, beta_1, beta_2, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct adamax, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base. PyTorch's default is 0.002"),
    CNN_PARAM(struct adamax, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM(struct adamax, beta_2, CNN_REAL, "0.999", 0, 1, CNN_BELOW_MAX,
              "part of the largest gradient that each step keeps"),
    CNN_PARAM(struct adamax, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
              "keeps the division finite. PyTorch's default is 1e-8, and it is added to |g|"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "m"};
    slots[1] = (cnn_slot){.name = "u"};
    return 2;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct adamax *self = data;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict m = io->state[0], *restrict u = io->state[1];
    const float rate = (float)(io->learning_rate / (1 - pow(self->beta_1, (double)io->step)));
    const float rest = (float)(1 - self->beta_1), keep = (float)self->beta_2;
    const float epsilon = (float)self->epsilon;
    for (uint64_t i = 0; i < io->count; i++) {
        const float size = fabsf(g[i]), old = keep * u[i];
        m[i] += rest * (g[i] - m[i]);
        u[i] = size < old ? old : size;
        w[i] -= rate * m[i] / (u[i] + epsilon);
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
      CNN_VALUES("result", 0.7841863342885027, -1.9528915541529503, 0.31549830258290773),
      CNN_VALUES("m", -0.2739999999999999, 0.16449999999999998, 0.012499999999999997),
      CNN_VALUES("u", 4.0, 1.998, 0.125)}},
    {"{beta_1: 0.5, beta_2: 0.75, epsilon: 0.001}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 0.8892241056400416, -2.0375221808669006, 0.2165532879818594),
      CNN_VALUES("m", -1.75, 0.5625, 0.0625), CNN_VALUES("u", 4.0, 1.5, 0.125)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "adamax", "adam, its steps sized by the largest of the recent gradients",
    .doc = "m <- beta_1 m + (1 - beta_1) g; u <- max(beta_2 u, |g|); w <- w - lr / (1 - beta_1^t) "
           "m / (u + epsilon), t counting steps from 1. No step is longer than about lr. A large "
           "gradient keeps the steps of its weight small for long.\n"
           "From Kingma and Ba 2015, arXiv:1412.6980. Keras: Adamax. PyTorch: Adamax.",
    .params = params, .golden = golden, .self_size = sizeof(struct adamax), .slots = slots,
    .step = step)
