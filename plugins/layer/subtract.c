/* subtract.c - the difference of two tensors of one shape, element by element. */
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

static void forward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    const float *a = io->xs[0], *b = io->xs[1];
    for (uint64_t i = 0; i < io->samples * m->size; i++)
        io->y[i] = a[i] - b[i];
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    const uint64_t count = io->samples * m->size;
    if (io->dxs[0])
        memcpy(io->dxs[0], io->dy, count * sizeof(float));
    for (uint64_t i = 0; io->dxs[1] && i < count; i++)
        io->dxs[1][i] = -io->dy[i];
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_SUBTRACT;
}

CNN_LAYER("subtract", "the first of two inputs of one shape less the second",
          .doc = "Named by `inputs: [NAME, NAME]`. As in Keras, but that no shape is stretched to "
                 "the other's.",
          .self_size = sizeof(merge), .plan = plan, .equals = equals, .forward = forward,
          .backward = backward)
