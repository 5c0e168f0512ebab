/* template_name.c - gradient descent with momentum (Polyak 1964).
 *
 *     v <- momentum v - rate g;   w <- w + v
 *
 * The manual of optimizers is <cnnrun/optimizer.h>. */
#include <cnnrun/optimizer.h>

/* The parameters, as a pipeline may set them: optimizer: {template_name: {learning_rate: 0.01}}. An
 * optimizer must have learning_rate: it is the schedule's base. weight_decay, l2, clips and ema are read
 * by the host for every optimizer, and need nothing here. */
struct settings {
    double learning_rate, momentum;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, learning_rate, CNN_REAL, "0.05", 0, INFINITY, 0,
              "the schedule's base"),
    CNN_PARAM(struct settings, momentum, CNN_REAL, "0.9", 0, 1, CNN_BELOW_MAX,
              "part of the last movement that is kept"),
    CNN_PARAM_END,
};

/* Optional: names the numbers that are kept for each weight from step to step; they are in the
 * checkpoint, so that a resumed run goes on as if it had never stopped. */
static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)data;
    slots[0] = (cnn_slot){.name = "velocity", .initial = 0};
    return 1;
}

/* Required. A range of the weights with their gradients and slots; threads share out the ranges, so
 * element i must depend on element i alone. Use io->learning_rate, which the schedule may have
 * changed. io->step counts from 1. */
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

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_OPTIMIZER("template_name", "gradient descent with momentum",
              .doc = "v <- momentum v - rate g, w <- w + v: a heavy ball that rolls down the loss.",
              .params = params, .self_size = sizeof(struct settings), .slots = slots, .step = step)
