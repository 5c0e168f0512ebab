/* adadelta.c - Zeiler 2012, "ADADELTA: an adaptive learning rate method" (arXiv:1212.5701), alg. 1.
 *
 *     s <- rho s + (1 - rho) g^2
 *     d = sqrt(a + epsilon) / sqrt(s + epsilon) g
 *     a <- rho a + (1 - rho) d^2
 *     w <- w - lr d */
/* isa: avx2 avx512 */
#include <cnnrun/optimizer.h>
#include <math.h>

struct adadelta {
    double learning_rate, rho, epsilon;
};

static const cnn_param params[] = {
    CNN_PARAM(struct adadelta, learning_rate, CNN_REAL, "0.001", 0, INFINITY, 0,
              "the schedule's base. The paper, Keras up to 2.2 and PyTorch have 1.0, which is what "
              "most networks want"),
    CNN_PARAM(struct adadelta, rho, CNN_REAL, "0.95", 0, 1, 0,
              "part of the running means that each step keeps. PyTorch's default is 0.9"),
    CNN_PARAM(
        struct adadelta, epsilon, CNN_REAL, "1e-7", 1e-30, 1, 0,
        "keeps the division finite, and sets how small the first steps are. PyTorch's default "
        "is 1e-6"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "accumulated_grad"};
    slots[1] = (cnn_slot){.name = "accumulated_delta_var"};
    return 2;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct adadelta *self = data;
    const float *restrict g = io->gradient;
    float *restrict w = io->weight, *restrict s = io->state[0], *restrict a = io->state[1];
    const float rate = (float)io->learning_rate, epsilon = (float)self->epsilon;
    const float rho = (float)self->rho, rest = (float)(1 - self->rho);
    for (uint64_t i = 0; i < io->count; i++) {
        s[i] = rho * s[i] + rest * (g[i] * g[i]);
        const float d = sqrtf((a[i] + epsilon) / (s[i] + epsilon)) * g[i];
        a[i] = rho * a[i] + rest * (d * d);
        w[i] -= rate * d;
    }
}

CNN_OPTIMIZER(
    "adadelta", "steps sized by running means of squared gradients and movements",
    .doc = "s <- rho s + (1 - rho) g^2; d = sqrt(a + epsilon) / sqrt(s + epsilon) g; "
           "a <- rho a + (1 - rho) d^2; w <- w - lr d. With learning_rate 1.0 there is no rate to "
           "find: the optimizer of Keras's MNIST example.\n"
           "Keras: Adadelta. PyTorch: Adadelta, the same formula with other defaults.",
    .params = params, .self_size = sizeof(struct adadelta), .slots = slots, .step = step)
