/* merge.h - what the layers have in common that make one tensor of several, element by element. */
#ifndef PLUGINS_LAYER_MERGE_H
#define PLUGINS_LAYER_MERGE_H

#include <cnnrun/layer.h>
#include <stdio.h>

/* Inputs are stretched as in numpy and Keras: along axes of 1, and along axes that they lack, which
 * come first. */
typedef struct merge {
    uint64_t inputs, size; /* size: of the output */
    cnn_shape output;
    uint64_t stretched;              /* inputs that are */
    uint64_t counts[CNN_MAX_INPUTS]; /* floats of each */
    uint64_t steps[CNN_MAX_INPUTS]
                  [CNN_MAX_RANK]; /* of each, along the output's axes; 0: stretched */
    uint64_t relu;                /* of add: absorbed */
} merge;

typedef void merge_call(const merge *m, const cnn_layer_io *io);

static inline void merge_shape_text(const cnn_shape *shape, char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (uint64_t i = 0; i < shape->rank && at < room; i++)
        at += (size_t)snprintf(out + at, room - at, "%s%llu", i ? " x " : "",
                               (unsigned long long)shape->dim[i]);
}

static inline int merge_same_shape(const cnn_shape *a, const cnn_shape *b)
{
    int same = a->rank == b->rank;
    for (uint64_t i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

/* Says that input k, from 0, does not fit those before it. */
static inline int merge_refuse(const cnn_shape *input, const cnn_shape *other, uint64_t k,
                               cnn_error *error)
{
    char first[128], text[128];
    merge_shape_text(input, first, sizeof first);
    merge_shape_text(other, text, sizeof text);
    return cnn_fail(error,
                    "its inputs must have one shape, or 1 along an axis; those before are %s, "
                    "input %llu is %s; where this "
                    "ends a residual block, a shortcut such as [conv2d: "
                    "{filters: %llu, kernel_size: 1}], with the strides of the block, makes them "
                    "equal",
                    first, (unsigned long long)k + 1, text,
                    (unsigned long long)input->dim[input->rank - 1]);
}

/* The extent of a shape along axis `i` of `rank`; axes that it lacks are the first ones, of 1. */
static inline uint64_t merge_extent(const cnn_shape *shape, uint64_t rank, uint64_t i)
{
    return i + shape->rank < rank ? 1 : shape->dim[i + shape->rank - rank];
}

/* Widens the output by an input; 0 where they do not fit. */
static inline int merge_widen(cnn_shape *output, const cnn_shape *input)
{
    cnn_shape wide = {output->rank > input->rank ? output->rank : input->rank, {0}};
    for (uint64_t i = 0; i < wide.rank; i++) {
        const uint64_t a = merge_extent(output, wide.rank, i),
                       b = merge_extent(input, wide.rank, i);
        if (a != b && a != 1 && b != 1)
            return 0;
        wide.dim[i] = a == 1 ? b : a;
    }
    *output = wide;
    return 1;
}

/* Notes how input k is stretched to the output. */
static inline void merge_stretch(merge *m, const cnn_shape *input, uint64_t k)
{
    uint64_t step = m->counts[k] = cnn_shape_count(input);
    for (uint64_t i = 0; i < m->output.rank; i++) {
        const uint64_t extent = merge_extent(input, m->output.rank, i);
        step /= extent;
        m->steps[k][i] = extent == m->output.dim[i] ? step : 0;
    }
    m->stretched += m->counts[k] != m->size;
}

/* plan() of such a layer: takes any number of inputs; the output has the shape to which all of them
 * can be stretched. */
static inline int merge_plan(void *self, const cnn_shape *input, cnn_layer_plan *plan,
                             cnn_error *error)
{
    merge *m = self;
    m->inputs = plan->inputs_taken = plan->input_count;
    m->output = *input;
    for (uint64_t k = 1; k < m->inputs; k++)
        if (!merge_widen(&m->output, &plan->inputs[k]))
            return merge_refuse(&m->output, &plan->inputs[k], k, error);
    m->size = cnn_shape_count(&m->output);
    for (uint64_t k = 0; k < m->inputs; k++)
        merge_stretch(m, &plan->inputs[k], k);
    plan->output = m->output;
    plan->scratch_bytes = 2 * m->stretched * m->size * sizeof(float);
    plan->flops = (double)((m->inputs > 1 ? m->inputs - 1 : 0) * m->size);
    return 0;
}

/* Where number i of the output lies in input k. */
static inline uint64_t merge_place(const merge *m, uint64_t k, uint64_t i)
{
    uint64_t at = 0;
    for (uint64_t axis = m->output.rank; axis-- > 0; i /= m->output.dim[axis])
        at += i % m->output.dim[axis] * m->steps[k][axis];
    return at;
}

/* Input k of a sample, stretched to the output. */
static inline void merge_spread(const merge *m, uint64_t k, const float *from, float *to)
{
    const uint64_t last = m->output.rank - 1, width = m->output.dim[last], step = m->steps[k][last];
    for (uint64_t i = 0; i < m->size; i += width) {
        const float *row = from + merge_place(m, k, i);
        for (uint64_t c = 0; c < width; c++)
            to[i + c] = row[c * step];
    }
}

/* The gradient by input k: that by the stretched one, added up in the order of the output. */
static inline void merge_gather(const merge *m, uint64_t k, const float *from, float *to)
{
    const uint64_t last = m->output.rank - 1, width = m->output.dim[last], step = m->steps[k][last];
    for (uint64_t i = 0; i < m->counts[k]; i++)
        to[i] = 0;
    for (uint64_t i = 0; i < m->size; i += width) {
        float *row = to + merge_place(m, k, i);
        for (uint64_t c = 0; c < width; c++)
            row[c * step] += from[i + c];
    }
}

/* `call` on one sample, whose stretched inputs lie in scratch memory. */
static inline void merge_sample(const merge *m, const cnn_layer_io *io, uint64_t n,
                                merge_call *call)
{
    const float *xs[CNN_MAX_INPUTS] = {0};
    float *dxs[CNN_MAX_INPUTS] = {0}, *room = io->scratch;
    cnn_layer_io one = *io;
    one.samples = 1;
    one.y = io->y ? io->y + n * m->size : NULL;
    one.dy = io->dy ? io->dy + n * m->size : NULL;
    for (uint64_t k = 0; k < m->inputs; k++, room += m->counts[k] == m->size ? 0 : 2 * m->size) {
        xs[k] = io->xs[k] ? io->xs[k] + n * m->counts[k] : NULL;
        dxs[k] = io->dxs && io->dxs[k] ? io->dxs[k] + n * m->counts[k] : NULL;
        if (m->counts[k] == m->size)
            continue;
        if (xs[k])
            merge_spread(m, k, xs[k], room);
        xs[k] = xs[k] ? room : NULL;
        dxs[k] = dxs[k] ? room + m->size : NULL;
    }
    one.x = xs[0];
    one.xs = xs;
    one.dxs = dxs;
    call(m, &one);
    for (uint64_t k = 0; k < m->inputs; k++)
        if (dxs[k] && m->counts[k] != m->size)
            merge_gather(m, k, dxs[k], io->dxs[k] + n * m->counts[k]);
}

/* `call` on the shard, for which all inputs have the output's shape. */
static inline void merge_each(const merge *m, const cnn_layer_io *io, merge_call *call)
{
    if (m->stretched == 0)
        call(m, io);
    for (uint64_t n = 0; m->stretched && n < io->samples; n++)
        merge_sample(m, io, n, call);
}

/* y = (x0 + x1 + ...) * factor */
static inline void merge_sum(const merge *m, const cnn_layer_io *io, float factor)
{
    const uint64_t count = io->samples * m->size;
    for (uint64_t i = 0; i < count; i++)
        io->y[i] = io->x[i];
    for (uint64_t k = 1; k < m->inputs; k++)
        for (uint64_t i = 0; i < count; i++)
            io->y[i] += io->xs[k][i];
    for (uint64_t i = 0; factor != 1 && i < count; i++)
        io->y[i] *= factor;
}

/* Each dx = dy * factor */
static inline void merge_share(const merge *m, const cnn_layer_io *io, float factor)
{
    const uint64_t count = io->samples * m->size;
    for (uint64_t k = 0; k < m->inputs; k++)
        for (uint64_t i = 0; io->dxs[k] && i < count; i++)
            io->dxs[k][i] = io->dy[i] * factor;
}

#endif
