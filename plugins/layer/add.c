/* add.c - the sum of several tensors of one shape, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_sum(self, io, 1);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_share(self, io, 1);
}

CNN_LAYER(
    "add", "the sum of several inputs of one shape",
    .doc =
        "Named by `inputs: [NAME, ...]`; they are added in that order. As in Keras, but that one "
        "input is allowed, too, and that no shape is stretched to another's.",
    .self_size = sizeof(merge), .plan = merge_plan, .forward = forward, .backward = backward)
