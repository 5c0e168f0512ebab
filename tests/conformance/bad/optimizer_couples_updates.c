/* optimizer_couples_updates.c - a pass mixes the elements of its range. */
/* must fail: OPT-6 */
#include <cnnrun/optimizer.h>

struct plain {
    double learning_rate;
};

static const cnn_param params[] = {
    CNN_PARAM(struct plain, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0, "the schedule's base"),
    CNN_PARAM_END,
};

static int plan(void *self, cnn_optimizer_plan *plan, cnn_error *error)
{
    (void)self, (void)error;
    plan->form = CNN_FORM_TWO_PASSES;
    return 0;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    const float rate = (float)io->learning_rate;
    if (io->pass == 1) {
        for (uint64_t i = 0; i < io->count; i++)
            io->update[i] = io->gradient[i] + 0.1f * io->gradient[0];
        return;
    }
    const float trust = io->update_norm > 0 ? (float)(io->weight_norm / io->update_norm) : 0;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= rate * trust * io->update[i];
}

CNN_OPTIMIZER("optimizer_couples_updates", "a pass mixes the elements of its range", .params = params,
              .self_size = sizeof(struct plain), .plan = plan, .step = step)
