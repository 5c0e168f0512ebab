/* optimizer_slot_name.c - a slot has no proper name. */
/* must fail: OPT-9 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static uint64_t slots(const void *self, cnn_slot list[CNN_MAX_SLOTS])
{
    (void)self;
    list[0] = (cnn_slot){"My Slot", 0, 0};
    return 1;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_slot_name", "a slot has no proper name", .params = params,
              .self_size = sizeof(struct plain), .slots = slots, .step = step)
