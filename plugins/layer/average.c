/* average.c - the mean of several tensors, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>

static float share(const merge *m)
{
    return 1 / (float)m->inputs;
}

static void mean(const merge *m, const cnn_layer_io *io)
{
    merge_sum(m, io, share(m));
}

static void divide(const merge *m, const cnn_layer_io *io)
{
    merge_share(m, io, share(m));
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, mean);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, divide);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_AVERAGE;
}

CNN_LAYER("average", "the mean of several inputs, element by element",
          .doc = "Named by `inputs: [NAME, ...]`. As in Keras, but that one input is allowed, too. "
                 "Inputs of other shapes are stretched to the largest along axes of 1 and along "
                 "axes that they lack, which come first: a row of channels to an image.",
          .self_size = sizeof(merge), .plan = merge_plan, .equals = equals, .forward = forward,
          .backward = backward)
