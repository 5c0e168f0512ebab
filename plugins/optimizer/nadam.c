/* nadam.c - Dozat 2016, "Incorporating Nesterov momentum into Adam", with the schedule of its
 * momentum.
 *
 *     mu_t = beta_1 (1 - 0.96^t / 2);   P_t = mu_1 mu_2 ... mu_t
 *     m <- beta_1 m + (1 - beta_1) g;   v <- beta_2 v + (1 - beta_2) g^2
 *     h = mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t)
 *     w <- w - lr h / (sqrt(v / (1 - beta_2^t)) + epsilon) */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct nadam {
    double learning_rate, beta_1, beta_2, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct nadam, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base. PyTorch's default is 0.002"),
    CNN_PARAM(struct nadam, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM(struct nadam, beta_2, CNN_REAL, "0.999", 0, 1, CNN_BELOW_MAX,
              "part of the mean squared gradient that each step keeps"),
    CNN_PARAM(struct nadam, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
              "keeps the division finite. PyTorch's default is 1e-8"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "momentum"};
    slots[1] = (cnn_slot){.name = "velocity"};
    return 2;
}

/* P_t, from t alone, so that a resumed run has the same. From factor 1,000 on, 1 - 0.96^t / 2 is 1.
 */
static double product_of_momentum(double beta_1, uint64_t t)
{
    double product = pow(beta_1, (double)t), power = 1;
    for (uint64_t i = 1; i <= t && i < 1000; i++) {
        power *= 0.96;
        product *= 1 - power / 2;
    }
    return product;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct nadam *self = data;
    const double t = (double)io->step, product = product_of_momentum(self->beta_1, io->step);
    const double now = self->beta_1 * (1 - pow(0.96, t) / 2);
    const double next = self->beta_1 * (1 - pow(0.96, t + 1) / 2);
    const float of_m = (float)(io->learning_rate * next / (1 - product * next));
    const float of_g = (float)(io->learning_rate * (1 - now) / (1 - product));
    const float scale = (float)(1 / (1 - pow(self->beta_2, t)));
    const float rest_1 = (float)(1 - self->beta_1), rest_2 = (float)(1 - self->beta_2);
    const float epsilon = (float)self->epsilon;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict m = io->state[0], *restrict v = io->state[1];
    for (uint64_t i = 0; i < io->count; i++) {
        m[i] += rest_1 * (g[i] - m[i]);
        v[i] += rest_2 * (g[i] * g[i] - v[i]);
        w[i] -= (of_m * m[i] + of_g * g[i]) / (sqrtf(scale * v[i]) + epsilon);
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
      CNN_VALUES("result", 1.1692436437699274, -1.9523834326444094, -0.034276751144782236),
      CNN_VALUES("momentum", -0.2739999999999999, 0.16449999999999998, 0.012499999999999997),
      CNN_VALUES("velocity", 0.017247751000000016, 0.0043080002500000035, 1.5625000000000014e-05)}},
    {"{beta_1: 0.5, beta_2: 0.9, epsilon: 0.001}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 1.3156588817179289, -2.011767394022537, -0.2150824104891652),
      CNN_VALUES("momentum", -1.75, 0.5625, 0.0625),
      CNN_VALUES("velocity", 1.7034999999999996, 0.3864999999999999, 0.0015624999999999997)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "nadam", "adam that looks ahead by its momentum",
    .doc = "m and v as in adam; h = mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t); "
           "w <- w - lr h / (sqrt(v / (1 - beta_2^t)) + epsilon), with mu_t = beta_1 (1 - 0.96^t / "
           "2), P_t the product of mu_1 to mu_t, and t counting steps from 1.\n"
           "From Dozat 2016, Incorporating Nesterov momentum into Adam. Keras: Nadam. PyTorch: "
           "NAdam, whose mu_t nears beta_1 more slowly, with 0.96^(t momentum_decay) and "
           "momentum_decay 0.004; Keras's is momentum_decay 1.",
    .params = params, .golden = golden, .self_size = sizeof(struct nadam), .slots = slots,
    .step = step)
