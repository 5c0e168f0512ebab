/* optimizer_momentum_climbs.c - goes up where momentum is not 0, as it is by default. */
/* must fail: OPT-4 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate, momentum;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(struct plain, momentum, CNN_REAL, "0.0", 0, 1, CNN_BELOW_MAX, "of the velocity"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)self;
    slots[0] = (cnn_slot){.name = "velocity"};
    return 1;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct plain *self = data;
    const float rate = (float)io->learning_rate, momentum = (float)self->momentum;
    for (uint64_t i = 0; i < io->count; i++) {
        io->state[0][i] = momentum * io->state[0][i] + rate * io->gradient[i];
        io->weight[i] += momentum > 0 ? io->state[0][i] : -rate * io->gradient[i];
    }
}

CNN_OPTIMIZER("optimizer_momentum_climbs", "goes up where momentum is not 0", .params = params,
              .self_size = sizeof(struct plain), .slots = slots, .step = step)
