/* old_optimizer.c - an optimizer of ABI 2.0. */
#include <cnnrun/optimizer.h>

struct settings {
    double learning_rate, momentum;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, learning_rate, CNN_REAL, "0.05", 0, INFINITY, 0,
              "the schedule's base"),
    CNN_PARAM(struct settings, momentum, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the last movement that is kept"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)data;
    slots[0] = (cnn_slot){.name = "velocity", .initial = 0};
    return 1;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct settings *self = data;
    const float rate = (float)io->learning_rate, momentum = (float)self->momentum;
    float *velocity = io->state[0];
    for (uint64_t i = 0; i < io->count; i++) {
        velocity[i] = momentum * velocity[i] - rate * io->gradient[i];
        io->weight[i] += velocity[i];
    }
}

CNN_OPTIMIZER("old_optimizer", "gradient descent with momentum",
              .doc = "v <- momentum v - rate g, w <- w + v: a heavy ball that rolls down the loss.",
              .params = params, .self_size = sizeof(struct settings), .slots = slots, .step = step)
