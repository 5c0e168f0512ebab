/* multiply.c - the product of several tensors, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>
#include <string.h>

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    const int failed = merge_plan(self, input, plan, error);
    plan->flags = CNN_USES_INPUT;
    return failed;
}

/* out = start * all inputs but `skipped` */
static void product(const merge *m, const cnn_layer_io *io, const float *start, uint64_t skipped,
                    float *out)
{
    const uint64_t count = io->samples * m->size;
    if (start != out)
        memcpy(out, start, count * sizeof(float));
    for (uint64_t k = 0; k < m->inputs; k++)
        for (uint64_t i = 0; k != skipped && i < count; i++)
            out[i] *= io->xs[k][i];
}

static void multiply(const merge *m, const cnn_layer_io *io)
{
    product(m, io, io->x, 0, io->y);
}

static void gradients(const merge *m, const cnn_layer_io *io)
{
    for (uint64_t k = 0; k < m->inputs; k++)
        if (io->dxs[k])
            product(m, io, io->dy, k, io->dxs[k]);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, multiply);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, gradients);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_MULTIPLY;
}

CNN_LAYER(
    "multiply", "the product of several inputs, element by element",
    .doc =
        "Named by `inputs: [NAME, ...]`; they are multiplied in that order. As in Keras, but that "
        "one input is allowed, too. Inputs of other shapes are stretched to the largest along axes "
        "of 1 and along axes that they lack, which come first: a row of channels to an image. So "
        "the end of a squeeze-and-excite block multiplies an image by a row of channels.",
    .self_size = sizeof(merge), .plan = plan, .equals = equals, .forward = forward,
    .backward = backward)
