/* average.c - the mean of several tensors of one shape, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>

static float share(const merge *m)
{
    return 1 / (float)m->inputs;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_sum(self, io, share(self));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_share(self, io, share(self));
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_AVERAGE;
}

CNN_LAYER(
    "average", "the mean of several inputs of one shape",
    .doc =
        "Named by `inputs: [NAME, ...]`. As in Keras, but that one input is allowed, too, and that "
        "no shape is stretched to another's.",
    .self_size = sizeof(merge), .plan = merge_plan, .equals = equals, .forward = forward,
    .backward = backward)
