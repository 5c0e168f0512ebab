/* add.c - the sum of several tensors of one shape, element by element. */
/* isa: avx2 avx512 */
#include <kernels/vector.h>
#include <layer/merge.h>

/* relu, which ends residual blocks. */
static int absorb(void *self, const cnn_operator *next)
{
    merge *m = self;
    if (m->relu || next->id != CNN_OPERATOR_RELU)
        return 0;
    m->relu = 1;
    return 1;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    const merge *m = self;
    const int failed = merge_plan(self, input, plan, error);
    plan->flags = m->relu ? CNN_USES_OUTPUT : 0;
    return failed;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    const uint64_t count = io->samples * m->size;
    float *y = io->y;
    merge_sum(m, io, 1);
    if (!m->relu)
        return;
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++)
        y[i] = y[i] < 0 ? 0 : y[i];
}

/* In place: the gradient is the layer's own. */
static void close_gradient(const float *y, float *dy, uint64_t count)
{
    VEC_INDEPENDENT
    for (uint64_t i = 0; i < count; i++)
        dy[i] = vec_pick(y[i] > 0, dy[i], 0);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    if (m->relu)
        close_gradient(io->y, io->dy, io->samples * m->size);
    merge_share(m, io, 1);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_ADD;
}

CNN_LAYER(
    "add", "the sum of several inputs of one shape",
    .doc =
        "Named by `inputs: [NAME, ...]`; they are added in that order. As in Keras, but that one "
        "input is allowed, too, and that no shape is stretched to another's.",
    .self_size = sizeof(merge), .plan = plan, .absorb = absorb, .equals = equals,
    .forward = forward, .backward = backward)
