/* optimizer_moves_in_first_pass.c - moves the weights before their norm is known. */
/* must fail: MEM-3 */
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
            io->weight[i] -= rate * (io->update[i] = io->gradient[i]);
        return;
    }
    const float trust = io->update_norm > 0 ? (float)(io->weight_norm / io->update_norm) : 0;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= rate * trust * io->update[i];
}

CNN_OPTIMIZER("optimizer_moves_in_first_pass", "moves the weights before their norm is known", .params = params,
              .self_size = sizeof(struct plain), .plan = plan, .step = step)
