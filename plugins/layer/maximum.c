/* maximum.c - the largest of several tensors, element by element. */
/* isa: avx2 avx512 */
#include <layer/merge.h>
#include <string.h>

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    const int failed = merge_plan(self, input, plan, error);
    plan->flags = CNN_USES_INPUT;
    return failed;
}

/* NaN is above all numbers. */
static int is_above(float a, float b)
{
    return a > b || (a != a && b == b);
}

static void largest(const merge *m, const cnn_layer_io *io)
{
    const uint64_t count = io->samples * m->size;
    memcpy(io->y, io->x, count * sizeof(float));
    for (uint64_t k = 1; k < m->inputs; k++)
        for (uint64_t i = 0; i < count; i++)
            io->y[i] = is_above(io->xs[k][i], io->y[i]) ? io->xs[k][i] : io->y[i];
}

/* The first of the largest gets the gradient. */
static void choose(const merge *m, const cnn_layer_io *io)
{
    for (uint64_t i = 0; i < io->samples * m->size; i++) {
        uint64_t best = 0;
        for (uint64_t k = 1; k < m->inputs; k++)
            best = is_above(io->xs[k][i], io->xs[best][i]) ? k : best;
        for (uint64_t k = 0; k < m->inputs; k++)
            if (io->dxs[k])
                io->dxs[k][i] = k == best ? io->dy[i] : 0;
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, largest);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    merge_each(self, io, choose);
}

static void equals(const void *self, cnn_operator *out)
{
    (void)self;
    out->id = CNN_OPERATOR_MAXIMUM;
}

CNN_LAYER("maximum", "the largest of several inputs, element by element",
          .doc = "Named by `inputs: [NAME, ...]`. Where several are the largest, the first of them "
                 "gets the gradient. As in Keras, but that one input is allowed, too. Inputs of "
                 "other shapes are stretched to the largest along axes of 1 and along axes that "
                 "they lack, which come first: a row of channels to an image.",
          .self_size = sizeof(merge), .plan = plan, .equals = equals, .forward = forward,
          .backward = backward)
