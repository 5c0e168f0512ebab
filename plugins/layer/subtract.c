/* subtract.c - the difference of two tensors, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>
#include <string.h>

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    if (plan->input_count != 2)
        return cnn_fail(error,
                        "it takes two inputs, the second from the first: inputs: [NAME, NAME]");
    return merge_plan(self, input, plan, error);
}

static void difference(const merge *m, const cnn_layer_io *io)
{
    const float *a = io->xs[0], *b = io->xs[1];
    for (uint64_t i = 0; i < io->samples * m->size; i++)
        io->y[i] = a[i] - b[i];
}

static void gradients(const merge *m, const cnn_layer_io *io)
{
    const uint64_t count = io->samples * m->size;
    if (io->dxs[0])
        memcpy(io->dxs[0], io->dy, count * sizeof(float));
    for (uint64_t i = 0; io->dxs[1] && i < count; i++)
        io->dxs[1][i] = -io->dy[i];
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, difference);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, gradients);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_SUBTRACT;
}

CNN_LAYER("subtract", "the first of two inputs less the second",
          .doc = "Named by `inputs: [NAME, NAME]`. As in Keras. Inputs of other shapes are "
                 "stretched to the largest along axes of 1 and along axes that they lack, which "
                 "come first: a row of channels to an image.",
          .self_size = sizeof(merge), .plan = plan, .equals = equals, .forward = forward,
          .backward = backward)
