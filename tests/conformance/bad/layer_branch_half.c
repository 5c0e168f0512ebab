/* layer_branch_half.c - the gradient of one form lacks a factor of 2. */
/* must fail: LAY-3 */
#include <cnnrun/layer.h>

struct power {
    uint64_t count;
    int32_t form;
    int32_t halved;
};

static const char *const forms[] = {"linear", "squared", NULL};

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(struct power, form, "linear", forms, "what becomes of x"),
    CNN_PARAM_BOOL(struct power, halved, "false", "divides by 2"),
    CNN_PARAM_END,
};

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    struct power *self = data;
    (void)error;
    self->count = cnn_shape_count(input);
    plan->output = *input;
    plan->flags = CNN_USES_INPUT | CNN_ELEMENTWISE;
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const struct power *self = data;
    const float scale = self->halved ? 0.5F : 1;
    for (uint64_t i = 0; i < io->samples * self->count; i++)
        io->y[i] = scale * (self->form ? io->x[i] * io->x[i] : io->x[i]);
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const struct power *self = data;
    const float scale = self->halved ? 0.5F : 1;
    for (uint64_t i = 0; io->dx && i < io->samples * self->count; i++)
        io->dx[i] = scale * (self->form ? io->x[i] : 1) * io->dy[i];
}

CNN_LAYER("layer_branch_half", "the gradient of one form lacks a factor of 2", .params = params,
          .self_size = sizeof(struct power), .plan = plan, .forward = forward,
          .backward = backward)
