/* old_planned.c - an optimizer of ABI 2.0 in two passes: norms, scratch, tensors that it knows. */
#include <cnnrun/optimizer.h>

typedef struct old_planned {
    double learning_rate, clip;
    uint64_t kernels;
} old_planned;

static const cnn_param params[] = {
    CNN_PARAM(old_planned, learning_rate, CNN_REAL, "0.1", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM(old_planned, clip, CNN_REAL, "10", 0, INFINITY, CNN_ABOVE_MIN, "most of the global norm"),
    CNN_PARAM_END,
};

static int plan(void *data, cnn_optimizer_plan *plan, cnn_error *error)
{
    old_planned *self = data;
    self->kernels = 0;
    for (uint64_t i = 0; i < plan->tensor_count; i++)
        self->kernels += plan->tensors[i].trained && plan->tensors[i].role == CNN_ROLE_KERNEL;
    if (self->kernels == 0)
        return cnn_fail(error, "there is no kernel to train");
    plan->form = CNN_FORM_TWO_PASSES;
    plan->flags = CNN_GLOBAL_NORM;
    plan->scratch_bytes = 64;
    return 0;
}

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    (void)data;
    slots[0] = (cnn_slot){.name = "mean", .initial = 0};
    return 1;
}

/* The step has the length of the weights, as in LARS. */
static void step(const void *data, const cnn_optimizer_step *io)
{
    const old_planned *self = data;
    const double most = io->gradient_norm > self->clip ? self->clip / io->gradient_norm : 1;
    const double ratio = io->weight_norm > 0 && io->update_norm > 0 ? io->weight_norm / io->update_norm : 1;
    for (uint64_t i = 0; io->pass == 1 && i < io->count; i++) {
        io->state[0][i] = 0.9F * io->state[0][i] + (float)(0.1 * most) * io->gradient[i];
        io->update[i] = io->state[0][i];
    }
    for (uint64_t i = 0; io->pass == 2 && i < io->count; i++)
        io->weight[i] -= (float)(io->learning_rate * ratio) * io->update[i];
}

CNN_OPTIMIZER("old_planned", "steps as long as their weights", .doc = "As it was.", .params = params,
              .self_size = sizeof(old_planned),
              .defaults = {.weight_decay = 0.001, .clipvalue = 5}, .plan = plan, .slots = slots, .step = step)
