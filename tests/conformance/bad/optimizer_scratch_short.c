/* optimizer_scratch_short.c - asks for one float of scratch less than it writes. */
/* must fail: MEM-1 */
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
    plan->form = CNN_FORM_TENSOR;
    plan->scratch_bytes = (plan->tensor_most - 1) * sizeof(float);
    return 0;
}

static void step(const void *self, const cnn_optimizer_step *io)
{
    (void)self;
    float *copy = io->scratch;
    for (uint64_t i = 0; i < io->count; i++)
        copy[i] = io->gradient[i];
    for (uint64_t i = 0; i < io->count; i++)
        io->weight[i] -= (float)io->learning_rate * copy[i];
}

CNN_OPTIMIZER("optimizer_scratch_short", "asks for one float of scratch less than it writes", .params = params,
              .self_size = sizeof(struct plain), .plan = plan, .step = step)
