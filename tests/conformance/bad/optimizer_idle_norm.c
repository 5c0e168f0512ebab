/* optimizer_idle_norm.c - asks for the norm of all gradients and does not look at it. */
/* must fail: OPT-11 */
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
    plan->flags = CNN_GLOBAL_NORM;
    return 0;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * io->gradient[i];
}

CNN_OPTIMIZER("optimizer_idle_norm", "asks for the norm of all gradients and does not look at it", .params = params,
              .self_size = sizeof(struct plain), .plan = plan, .step = step)
