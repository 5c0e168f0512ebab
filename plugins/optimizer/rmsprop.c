/* rmsprop.c - Tieleman and Hinton 2012, lecture 6.5 of "Neural networks for machine learning":
 * gradients divided by the root of a running mean of their squares.
 *
 *     v <- rho v + (1 - rho) g^2;   d = lr g / sqrt(v + epsilon);   w <- w - d
 *     centered: a <- rho a + (1 - rho) g, and v - a^2 in place of v (Graves 2013, arXiv:1308.0850)
 *     momentum: m <- momentum m + d;   w <- w - m */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct rmsprop {
    double learning_rate, rho, momentum, epsilon;
    int32_t centered;
};

static const cnn_param params[] = {
    CNN_PARAM(struct rmsprop, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base. PyTorch's default is 0.01"),
    CNN_PARAM(struct rmsprop, rho, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean squared gradient that each step keeps. PyTorch's alpha is 0.99"),
    CNN_PARAM(struct rmsprop, momentum, CNN_REAL, "0", 0, 1, 0,
              "part of the last movement that is kept; 0 needs no memory"),
    CNN_PARAM(struct rmsprop, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
              "keeps the division finite. PyTorch's default is 1e-8, and it is added to the root"),
    CNN_PARAM_BOOL(struct rmsprop, centered, "false",
                   "divide by the spread of the gradients around their mean"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    const struct rmsprop *self = data;
    uint64_t count = 1;
    slots[0] = (cnn_slot){.name = "velocity"};
    if (self->centered)
        slots[count++] = (cnn_slot){.name = "average_gradient"};
    if (self->momentum > 0)
        slots[count++] = (cnn_slot){.name = "momentum"};
    return count;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct rmsprop *self = data;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict v = io->state[0];
    float *a = self->centered ? io->state[1] : NULL;
    float *m = self->momentum > 0 ? io->state[self->centered ? 2 : 1] : NULL;
    const float rate = (float)io->learning_rate, epsilon = (float)self->epsilon;
    const float rho = (float)self->rho, rest = (float)(1 - self->rho);
    const float momentum = (float)self->momentum;
    for (uint64_t i = 0; i < io->count; i++) {
        v[i] = rho * v[i] + rest * (g[i] * g[i]);
        float spread = v[i];
        if (a) {
            a[i] = rho * a[i] + rest * g[i];
            spread -= a[i] * a[i];
            spread = spread < 0 ? 0 : spread; /* by rounding */
        }
        float d = rate * g[i] / sqrtf(spread + epsilon);
        if (m)
            d = m[i] = momentum * m[i] + d;
        w[i] -= d;
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
      CNN_VALUES("result", 1.5574819363893952, -1.7951119169854097, -1.0810882360701268),
      CNN_VALUES("velocity", 1.7034999999999996, 0.3864999999999999, 0.0015624999999999997)}},
    {"{rho: 0.5, momentum: 0.75, epsilon: 0.001}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 0.7037737591054849, -1.6114315200117129, -0.16577955161413427),
      CNN_VALUES("velocity", 8.1875, 1.0625, 0.0078125),
      CNN_VALUES("momentum", -0.4238006621583324, 0.053654360099935405, 0.6657795516141343)}},
    {"{centered: true, epsilon: 0.001}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", 1.53675688149964, -1.7883404847361541, -0.774117978594064),
      CNN_VALUES("velocity", 1.7034999999999996, 0.3864999999999999, 0.0015624999999999997),
      CNN_VALUES("average_gradient", -0.2739999999999999, 0.16449999999999998,
                 0.012499999999999997)}},
    {"{centered: true, momentum: 0.9, epsilon: 0.001}",
     1e-6,
     {0, {0}},
     {CNN_VALUES("weight", 1.0, -2.0, 0.5),
      CNN_VALUES("gradient", 1.0, -0.5, 0.0, 0.5, 2.0, 0.0, -4.0, 0.25, 0.125),
      CNN_VALUES("rate", 0.25, 0.125, 0.5),
      CNN_VALUES("result", -0.06156087025730761, -0.7499791604525343, -0.774117978594064),
      CNN_VALUES("velocity", 1.7034999999999996, 0.3864999999999999, 0.0015624999999999997),
      CNN_VALUES("average_gradient", -0.2739999999999999, 0.16449999999999998,
                 0.012499999999999997),
      CNN_VALUES("momentum", -0.7143477428059675, -0.096286034787888, 1.274117978594064)}},
    CNN_GOLDEN_END,
};

CNN_OPTIMIZER(
    "rmsprop", "steps sized by a running mean of squared gradients",
    .doc = "v <- rho v + (1 - rho) g^2; d = lr g / sqrt(v + epsilon); w <- w - d. With centered: "
           "true the root is of v - a^2, where a <- rho a + (1 - rho) g. With momentum: m <- "
           "momentum m + d, w <- w - m.\n"
           "From Hinton's lecture 6.5, 2012. Keras: RMSprop. PyTorch: RMSprop, which adds epsilon "
           "to the root, and keeps lr outside of m, which differs while the rate changes. Caffe: "
           "RMSProp, with rms_decay 0.99.",
    .params = params, .golden = golden, .self_size = sizeof(struct rmsprop), .slots = slots,
    .step = step)
