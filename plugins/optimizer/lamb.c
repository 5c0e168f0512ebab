/* lamb.c - You et al. 2020, "Large batch optimization for deep learning" (arXiv:1904.00962), alg.
 * 2: Adam's step, made for each tensor as long as the learning rate times the tensor.
 *
 *     m <- beta_1 m + (1 - beta_1) g;   v <- beta_2 v + (1 - beta_2) g^2
 *     u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon) + penalty w           (pass 1)
 *     w <- w - lr |w| / |u| u, where |w| / |u| is 1 if one of them is 0                   (pass 2)
 */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct lamb {
    double learning_rate, beta_1, beta_2, epsilon, penalty;
};

static const cnn_param params[] = {
    CNN_PARAM(struct lamb, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(struct lamb, beta_1, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the mean gradient that each step keeps"),
    CNN_PARAM(struct lamb, beta_2, CNN_REAL, "0.999", 0, 1, CNN_BELOW_MAX,
              "part of the mean squared gradient that each step keeps"),
    CNN_PARAM(struct lamb, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
              "keeps the division finite. The paper has 1e-6"),
    CNN_PARAM(
        struct lamb, penalty, CNN_REAL, "0", 0, INFINITY, 0,
        "times the weights, is added to the update before it is measured: the paper's lambda"),
    CNN_PARAM_END,
};

static int plan(void *self, cnn_optimizer_plan *plan, cnn_error *error)
{
    (void)self, (void)error;
    plan->form = CNN_FORM_TWO_PASSES;
    return 0;
}

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "momentum"};
    slots[1] = (cnn_slot){.name = "velocity"};
    return 2;
}

static void compute(const struct lamb *self, const cnn_optimizer_step *io)
{
    const double t = (double)io->step;
    const float scale_1 = (float)(1 / (1 - pow(self->beta_1, t)));
    const float scale_2 = (float)(1 / (1 - pow(self->beta_2, t)));
    const float rest_1 = (float)(1 - self->beta_1), rest_2 = (float)(1 - self->beta_2);
    const float epsilon = (float)self->epsilon;
    const float penalty = (float)(self->penalty * io->decay_mult);
    const float *g = io->gradient;
    float *m = io->state[0], *v = io->state[1];
    for (uint64_t i = 0; i < io->count; i++) {
        m[i] += rest_1 * (g[i] - m[i]);
        v[i] += rest_2 * (g[i] * g[i] - v[i]);
        io->update[i] =
            scale_1 * m[i] / (sqrtf(scale_2 * v[i]) + epsilon) + penalty * io->weight[i];
    }
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    if (io->pass == 1) {
        compute(self, io);
        return;
    }
    const double trust =
        io->weight_norm > 0 && io->update_norm > 0 ? io->weight_norm / io->update_norm : 1;
    const float rate = (float)(io->learning_rate * trust);
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= rate * io->update[i];
}

CNN_OPTIMIZER("lamb", "Adam's steps, as long as each tensor's norm allows",
              .doc = "m and v as in adam; u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + "
                     "epsilon) + penalty w; "
                     "w <- w - lr |w| / |u| u, where |w| and |u| are the lengths of a whole "
                     "tensor, and their quotient is 1 if one of "
                     "them is 0. So each tensor moves by the part lr of its length, whatever its "
                     "gradient: for large batches.\n"
                     "From You et al. 2020, arXiv:1904.00962. Keras: Lamb, which has no penalty. "
                     "PyTorch has no such optimizer.",
              .params = params, .self_size = sizeof(struct lamb), .plan = plan, .slots = slots,
              .step = step)
