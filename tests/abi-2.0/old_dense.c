/* old_dense.c - a layer of ABI 2.0: a second phase, an absorbed activation, and being one. */
#include <cnnrun/layer.h>
#include <string.h>

typedef struct old_dense {
    int64_t units;
    uint64_t in;
    int32_t relu;
} old_dense;

static const cnn_param params[] = {
    CNN_PARAM(old_dense, units, CNN_INTEGER, NULL, 1, 1000, 0, "outputs"),
    CNN_PARAM_END,
};

static int absorb(void *data, const cnn_operator *next)
{
    old_dense *self = data;
    if (self->relu || next->id != CNN_OPERATOR_RELU)
        return 0;
    self->relu = 1;
    return 1;
}

static void equals(const void *data, cnn_operator *out)
{
    const old_dense *self = data;
    out->id = self->relu ? CNN_OPERATOR_NONE : CNN_OPERATOR_DENSE;
}

static int plan(void *data, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    old_dense *self = data;
    const uint64_t units = (uint64_t)self->units;
    if (input->rank != 1)
        return cnn_fail(error, "the input has rank %llu; it must be 1",
                        (unsigned long long)input->rank);
    self->in = input->dim[0];
    plan->output = (cnn_shape){1, {units}};
    plan->flags = CNN_USES_INPUT | CNN_USES_OUTPUT;
    plan->weight_count = 1;
    plan->weights[0] = (cnn_weight){"kernel", "glorot_uniform", {2, {self->in, units}}, self->in,
                                    units,    CNN_ROLE_KERNEL};
    plan->parts = 4;
    plan->flops = 2 * (double)(self->in * units);
    return 0;
}

static void forward(const void *data, const cnn_layer_io *io)
{
    const old_dense *self = data;
    const uint64_t units = (uint64_t)self->units;
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t u = 0; u < units; u++) {
            float sum = 0;
            for (uint64_t i = 0; i < self->in; i++)
                sum += io->x[s * self->in + i] * io->weights[0][i * units + u];
            io->y[s * units + u] = self->relu && sum < 0 ? 0 : sum;
        }
}

static void backward(const void *data, const cnn_layer_io *io)
{
    const old_dense *self = data;
    const uint64_t units = (uint64_t)self->units;
    for (uint64_t i = 0; self->relu && i < io->samples * units; i++)
        io->dy[i] = io->y[i] > 0 ? io->dy[i] : 0;
    for (uint64_t i = 0; io->dx && i < io->samples * self->in; i++) {
        float sum = 0;
        for (uint64_t u = 0; u < units; u++)
            sum += io->dy[i / self->in * units + u] * io->weights[0][i % self->in * units + u];
        io->dx[i] = sum;
    }
}

static void weight_gradient(const void *data, const cnn_layer_batch *io)
{
    const old_dense *self = data;
    const uint64_t units = (uint64_t)self->units;
    for (uint64_t i = io->part; i < self->in; i += io->parts)
        for (uint64_t u = 0; u < units; u++) {
            float sum = 0;
            for (uint64_t s = 0; s < io->samples; s++)
                sum += io->x[s * self->in + i] * io->dy[s * units + u];
            io->dweights[0][i * units + u] = sum;
        }
}

CNN_LAYER("old_dense", "a matrix", .params = params, .self_size = sizeof(old_dense), .plan = plan,
          .forward = forward, .backward = backward, .weight_gradient = weight_gradient,
          .equals = equals, .absorb = absorb)
