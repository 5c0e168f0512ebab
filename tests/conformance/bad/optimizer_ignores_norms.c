/* optimizer_ignores_norms.c - its second pass has no use for the norms. */
/* must fail: OPT-10 */
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
    for (uint64_t i = 0; i < io->count; i++)
        if (io->pass == 1)
            io->update[i] = io->gradient[i];
        else
            io->weight[i] -= (float)io->learning_rate * io->update[i];
}

CNN_OPTIMIZER("optimizer_ignores_norms", "its second pass has no use for the norms", .params = params,
              .self_size = sizeof(struct plain), .plan = plan, .step = step)
