/* add.c - the sum of several tensors, element by element. */
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
    for (uint64_t k = 1; k < plan->input_count; k++) {
        const cnn_shape *other = &plan->inputs[k];
        if (other->dim[other->rank - 1] != input->dim[input->rank - 1])
            return merge_refuse(input, other, k, error);
    }
    const int failed = merge_plan(self, input, plan, error);
    plan->flags = m->relu ? CNN_USES_OUTPUT : 0;
    return failed;
}

static void sum(const merge *m, const cnn_layer_io *io)
{
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

static void gradients(const merge *m, const cnn_layer_io *io)
{
    if (m->relu)
        close_gradient(io->y, io->dy, io->samples * m->size);
    merge_share(m, io, 1);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, sum);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, gradients);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_ADD;
}

CNN_LAYER("add", "the sum of several inputs, element by element",
          .doc = "Named by `inputs: [NAME, ...]`; they are added in that order. As in Keras, but "
                 "that one input is allowed, too. Inputs of other shapes are stretched to the "
                 "largest along axes of 1 and along axes that they lack, which come first: a row "
                 "of channels to an image. The last axis, which Keras stretches too, must be the "
                 "same, so that a residual block whose shortcut lacks channels is a mistake.",
          .self_size = sizeof(merge), .plan = plan, .absorb = absorb, .equals = equals,
          .forward = forward, .backward = backward)
