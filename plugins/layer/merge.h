/* merge.h - what the layers have in common that make one tensor of several of one shape. */
#ifndef PLUGINS_LAYER_MERGE_H
#define PLUGINS_LAYER_MERGE_H

#include <cnnrun/layer.h>
#include <stdio.h>

typedef struct merge {
    uint64_t inputs, size;
    uint64_t relu; /* of add: absorbed */
} merge;

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

/* Says that input k, from 0, is not of the first one's shape. */
static inline int merge_refuse(const cnn_shape *input, const cnn_shape *other, uint64_t k,
                               cnn_error *error)
{
    char first[128], text[128];
    merge_shape_text(input, first, sizeof first);
    merge_shape_text(other, text, sizeof text);
    return cnn_fail(error,
                    "its inputs must have one shape, and input 1 is %s, input %llu %s; where this "
                    "ends a residual block, a shortcut such as [conv2d: {filters: %llu, "
                    "kernel_size: 1}], with the strides of the block, makes them equal",
                    first, (unsigned long long)k + 1, text,
                    (unsigned long long)input->dim[input->rank - 1]);
}

/* plan() of such a layer: takes any number of inputs of one shape, which is the output's. */
static inline int merge_plan(void *self, const cnn_shape *input, cnn_layer_plan *plan,
                             cnn_error *error)
{
    merge *m = self;
    m->inputs = plan->inputs_taken = plan->input_count;
    m->size = cnn_shape_count(input);
    for (uint64_t k = 1; k < m->inputs; k++)
        if (!merge_same_shape(input, &plan->inputs[k]))
            return merge_refuse(input, &plan->inputs[k], k, error);
    plan->output = *input;
    plan->flops = (double)((m->inputs > 1 ? m->inputs - 1 : 0) * m->size);
    return 0;
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
