/* adam.h - the step of adam and adamw, in the form before section 2.1 of Kingma and Ba 2015, with
 * epsilon hat:
 *
 *     m <- beta_1 m + (1 - beta_1) g;   v <- beta_2 v + (1 - beta_2) g^2
 *     w <- w - lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt v + epsilon) */
#ifndef CNN_KERNELS_ADAM_H
#define CNN_KERNELS_ADAM_H

#include <cnnrun/optimizer.h>
#include <math.h>

struct adam {
    double learning_rate, beta_1, beta_2, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct adam, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(struct adam, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM(struct adam, beta_2, CNN_REAL, "0.999", 0, 1, CNN_BELOW_MAX,
              "part of the mean squared gradient that each step keeps"),
    CNN_PARAM(
        struct adam, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
        "keeps the division finite. PyTorch's default is 1e-8, and it is added once sqrt v is "
        "corrected for its start at 0"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "momentum"};
    slots[1] = (cnn_slot){.name = "velocity"};
    return 2;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct adam *self = data;
    const double t = (double)io->step;
    const double correction = sqrt(1 - pow(self->beta_2, t)) / (1 - pow(self->beta_1, t));
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict m = io->state[0], *restrict v = io->state[1];
    const float rate = (float)(io->learning_rate * correction), epsilon = (float)self->epsilon;
    const float rest_1 = (float)(1 - self->beta_1), rest_2 = (float)(1 - self->beta_2);
    for (uint64_t i = 0; i < io->count; i++) {
        m[i] += rest_1 * (g[i] - m[i]);
        v[i] += rest_2 * (g[i] * g[i] - v[i]);
        w[i] -= rate * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

#endif
