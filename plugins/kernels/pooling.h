/* pooling.h - parameters and geometry that the pooling layers share. */
#ifndef CNN_KERNELS_POOLING_H
#define CNN_KERNELS_POOLING_H

#include "windows.h"

#define MAX_WINDOW 65536u

enum { POOLING_VALID, POOLING_SAME };
enum { POOLING_FLOOR, POOLING_CEIL };

/* Stands first in a layer's own struct, so that the parameters below are in their places there. */
typedef struct pooling {
    cnn_shape pool_size, strides;
    int32_t padding, rounding;
    cnn_integers pads;
    windows rows, columns; /* derived, as the next */
    size_t channels;
} pooling;

static const char *const pooling_paddings[] = {"valid", "same", NULL};
static const char *const pooling_roundings[] = {"floor", "ceil", NULL};

#define POOLING_PARAMS                                                                             \
    CNN_PARAM(pooling, pool_size, CNN_SHAPE, "2", 1, MAX_WINDOW, 0,                                \
              "Height and width of the window."),                                                  \
        CNN_PARAM(pooling, strides, CNN_SHAPE, "null", 1, MAX_WINDOW, CNN_NULLABLE,                \
                  "Steps between windows; null: those of pool_size."),                             \
        CNN_PARAM_CHOICE(pooling, padding, "valid", pooling_paddings,                              \
                         "valid: windows inside the image; same: as many windows as strides fit, " \
                         "those at the edge cut off, the smaller part before. PyTorch pads both "  \
                         "sides alike: see pads."),                                                \
        PADS_PARAM(pooling),                                                                       \
        CNN_PARAM_CHOICE(pooling, rounding, "floor", pooling_roundings,                            \
                         "Where windows do not end with the image: floor leaves the rest out, as " \
                         "Keras and PyTorch do; ceil adds a window that reaches over the end, as " \
                         "Caffe does, and PyTorch with ceil_mode.")

static int pooling_init(void *self, cnn_error *error)
{
    pooling *p = self;
    if (p->strides.rank == 0)
        p->strides = p->pool_size;
    if (p->pool_size.rank != 2 || p->strides.rank != 2) {
        const char *name = p->pool_size.rank != 2 ? "pool_size" : "strides";
        const cnn_shape *shape = p->pool_size.rank != 2 ? &p->pool_size : &p->strides;
        return cnn_fail_at(error, name, 0,
                           "%s has %llu numbers; it must have 2, for height and width", name,
                           (unsigned long long)shape->rank);
    }
    if (p->pool_size.dim[0] * p->pool_size.dim[1] > MAX_WINDOW)
        return cnn_fail_at(
            error, "pool_size", 0, "pool_size covers %llu inputs; at most %u are possible",
            (unsigned long long)(p->pool_size.dim[0] * p->pool_size.dim[1]), MAX_WINDOW);
    return windows_check_pads(&p->pads, p->padding == POOLING_SAME, error);
}

/* One axis; a window that reached over pads alone would cover no input. */
static int pooling_axis(const pooling *p, windows *w, const cnn_shape *input, int axis,
                        cnn_error *error)
{
    const uint64_t *size = p->pool_size.dim, *in = input->dim;
    *w = (windows){.n = in[axis], .size = size[axis], .stride = p->strides.dim[axis]};
    if (!windows_place(w, p->padding == POOLING_SAME, &p->pads, axis, p->rounding == POOLING_CEIL))
        return cnn_fail_at(
            error, "pool_size", 0,
            "pool_size is [%llu, %llu], larger than the input [%llu, %llu, %llu]; it "
            "must fit, or padding be same",
            (unsigned long long)size[0], (unsigned long long)size[1], (unsigned long long)in[0],
            (unsigned long long)in[1], (unsigned long long)in[2]);
    if (p->pads.items && (w->before >= w->size || w->after >= w->size))
        return cnn_fail_at(
            error, "pads", 0,
            "pads has %zu and %zu along an axis where pool_size is %zu; both must be smaller",
            w->before, w->after, w->size);
    return 0;
}

/* `name` of the layer is for messages. */
static int pooling_place(pooling *p, const char *name, const cnn_shape *input, cnn_error *error)
{
    if (input->rank != 3)
        return cnn_fail(
            error, "the input has %llu dimensions; %s takes images of 3: height, width, channels",
            (unsigned long long)input->rank, name);
    p->channels = input->dim[2];
    return pooling_axis(p, &p->rows, input, 0, error) ||
                   pooling_axis(p, &p->columns, input, 1, error)
               ? -1
               : 0;
}

#endif
