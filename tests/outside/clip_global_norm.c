/* clip_global_norm.c - makes the gradients of all weights shorter where their common norm is above a limit, and hands
 * on to another optimizer: g <- g min(1, limit / |g|), Pascanu et al. 2013 (arXiv:1211.5063). */
#include <cnnrun/optimizer.h>

struct clip {
    double learning_rate, max_norm;
    const cnn_handle *then;
    uint64_t clipped; /* floats at the beginning of the scratch; the other optimizer's follows */
};

static const cnn_param params[] = {
    CNN_PARAM(struct clip, learning_rate, CNN_REAL, "0.01", 0, INFINITY, 0,
              "the schedule's base, in place of the other optimizer's"),
    CNN_PARAM(struct clip, max_norm, CNN_REAL, "1", 0, INFINITY, CNN_ABOVE_MIN,
              "the longest that all gradients together may be"),
    CNN_PARAM_PLUGIN(struct clip, then, CNN_KIND_OPTIMIZER, "sgd", 0, "who makes the step"),
    CNN_PARAM_END,
};

static int plan(void *data, cnn_optimizer_plan *plan, cnn_error *error)
{
    struct clip *self = data;
    const cnn_optimizer *then = self->then->plugin;
    if (then->plan) {
        const int failed = then->plan(self->then->self, plan, error);
        if (failed)
            return failed;
    }
    plan->flags |= CNN_GLOBAL_NORM;
    self->clipped = plan->form == CNN_FORM_TENSOR ? plan->tensor_most : plan->range_most;
    self->clipped = (self->clipped + 15) / 16 * 16; /* what follows stays aligned */
    plan->scratch_bytes += self->clipped * sizeof(float);
    return 0;
}

static uint64_t slots(const void *data, cnn_slot slots[CNN_MAX_SLOTS])
{
    const struct clip *self = data;
    const cnn_optimizer *then = self->then->plugin;
    return then->slots ? then->slots(self->then->self, slots) : 0;
}

static void step(const void *data, const cnn_optimizer_step *io)
{
    const struct clip *self = data;
    const cnn_optimizer *then = self->then->plugin;
    const double norm = io->gradient_norm;
    const float factor = norm > self->max_norm ? (float)(self->max_norm / norm) : 1;
    float *clipped = io->scratch;
    for (uint64_t i = 0; i < io->count; i++)
        clipped[i] = factor * io->gradient[i];
    cnn_optimizer_step own = *io;
    own.struct_size = sizeof own;
    own.gradient = clipped;
    own.scratch = clipped + self->clipped;
    then->step(self->then->self, &own);
}

CNN_OPTIMIZER("clip_global_norm", "gradients that are not too long together, then another optimizer",
              .doc = "Keras: global_clipnorm. PyTorch: clip_grad_norm_ before the step.",
              .params = params, .self_size = sizeof(struct clip), .plan = plan, .slots = slots,
              .step = step)
