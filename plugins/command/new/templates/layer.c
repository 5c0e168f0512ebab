/* template_name.c - exponential linear unit (Clevert et al. 2015), element by element.
 *
 *     y = x where x > 0, else alpha (exp(x) - 1)
 *
 * The manual of layers is <cnnrun/layer.h>. */
#include <cnnrun/layer.h>

/* Parameters first, as a pipeline may set them: template_name: {alpha: 0.5}. Behind them what the
 * layer keeps for itself. Both are constant while it trains. */
struct settings {
    double alpha;
    uint64_t count; /* elements of one sample */
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, alpha, CNN_REAL, "1", 0, 100, 0, "minus the least output"),
    CNN_PARAM_END,
};

/* Required, called once: the output's shape for this input's, and what the host shall provide.
 * Refuse a shape that does not fit by `return cnn_fail(error, "what is wrong, what was expected")`.
 */
static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct settings *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    /* backward reads io->x; y[i] depends on x[i] alone. Only what you state here is handed to you.
     */
    plan->flags = CNN_USES_INPUT | CNN_ELEMENTWISE;
    plan->flops = 2 * (double)self->count;
    /* Weights, here one trained slope for all elements, would be asked for by
     *
     *     plan->weight_count = 1;
     *     plan->weights[0] = (cnn_weight){.name = "slope", .initializer = "ones",
     *         .shape = {.rank = 1, .dim = {1}}, .fan_in = 1, .fan_out = 1, .role = CNN_ROLE_OTHER};
     *
     * and be read as io->weights[0][0]; backward adds their gradient to io->dweights[0][0],
     * unless io->dweights is NULL (trainable: false). */
    return 0;
}

/* Required. Some samples, one behind the other: write every element of io->y. Allocate nothing,
 * keep nothing in static variables: many threads call it at once. */
static void forward(const void *data, const cnn_layer_io *io)
{
    const struct settings *self = data;
    const float alpha = (float)self->alpha;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = io->x[i] > 0 ? io->x[i] : alpha * expm1f(io->x[i]);
}

/* Required. io->dy is the loss's gradient by y; write the one by x to io->dx, which is NULL where
 * nobody wants it. */
static void backward(const void *data, const cnn_layer_io *io)
{
    const struct settings *self = data;
    const float alpha = (float)self->alpha;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = io->dy[i] * (io->x[i] > 0 ? 1 : alpha * expf(io->x[i]));
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_LAYER("template_name", "x where x > 0, else alpha (exp(x) - 1)",
          .doc =
              "Exponential linear unit, Clevert et al. 2015: its outputs have a mean nearer to 0 "
              "than those of relu, and no unit is ever dead.",
          .params = params, .self_size = sizeof(struct settings), .plan = plan, .forward = forward,
          .backward = backward)
