/* multiply.c - the product of several tensors of one shape, element by element. */
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

static void forward(const void *self, const cnn_layer_io *io)
{
    product(self, io, io->x, 0, io->y);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const merge *m = self;
    for (uint64_t k = 0; k < m->inputs; k++)
        if (io->dxs[k])
            product(m, io, io->dy, k, io->dxs[k]);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_MULTIPLY;
}

CNN_LAYER(
    "multiply", "the product of several inputs of one shape",
    .doc =
        "Named by `inputs: [NAME, ...]`; they are multiplied in that order. As in Keras, but that "
        "one input is allowed, too, and that no shape is stretched to another's.",
    .self_size = sizeof(merge), .plan = plan, .equals = equals, .forward = forward,
    .backward = backward)
