/* windows.h - windows along one axis of an image: how many there are, and what of each lies inside.
 *
 * Along an axis of n inputs lie `before` places in front of it and `after` behind it; window i
 * covers `size` places from i * stride on, counted from the first of these. The forms of padding:
 *
 *   valid  none: before = after = 0
 *   same   (n + stride - 1) / stride windows; what they reach over the edges is halved, the smaller
 *          half before, as in Keras
 *   pads   so many as the pipeline says
 *
 * Where windows do not end with the places, the rest is left out (floor), or a last window reaches
 * over the end (ceil), unless it would begin behind the last input, as in Caffe and PyTorch. */
#ifndef CNN_KERNELS_WINDOWS_H
#define CNN_KERNELS_WINDOWS_H

#include <cnnrun/layer.h>
#include <stdbool.h>

#define MAX_PAD 65535u

typedef struct windows {
    size_t n, size, stride, before, after, count;
} windows;

/* The inputs that a window covers, [begin, end), and the place in the window of the first one. */
typedef struct window_span {
    size_t begin, end, first;
} window_span;

static inline window_span windows_span(const windows *w, size_t i)
{
    const size_t start = i * w->stride, end = start + w->size - w->before;
    const size_t begin = start > w->before ? start - w->before : 0;
    return (window_span){begin, end < w->n ? end : w->n, begin + w->before - start};
}

/* pads: [n], [vertical, horizontal] or [top, bottom, left, right]; those of one axis, 0 or 1. */
static inline void windows_pads(windows *w, const cnn_integers *pads, int axis)
{
    const int64_t *p = pads->items;
    const size_t first = pads->count == 4 ? 2 * (size_t)axis : pads->count == 2 ? (size_t)axis : 0;
    w->before = (size_t)p[first];
    w->after = (size_t)p[pads->count == 4 ? first + 1 : first];
}

static inline int windows_check_pads(const cnn_integers *pads, bool same, cnn_error *error)
{
    if (!pads->items)
        return 0;
    if (pads->count != 1 && pads->count != 2 && pads->count != 4)
        return cnn_fail_at(
            error, "pads", 0,
            "pads has %llu numbers; it must be [all], [vertical, horizontal] or [top, "
            "bottom, left, right]",
            (unsigned long long)pads->count);
    if (same)
        return cnn_fail_at(error, "pads", 0, "pads is given, and padding is same; only one can be");
    return 0;
}

/* Fills `before`, `after` and `count`, where n, size and stride are set. False: no window fits. */
static inline bool windows_place(windows *w, bool same, const cnn_integers *pads, int axis,
                                 bool ceil)
{
    w->before = w->after = 0;
    if (same) {
        w->count = (w->n + w->stride - 1) / w->stride;
        const size_t reach = (w->count - 1) * w->stride + w->size,
                     over = reach > w->n ? reach - w->n : 0;
        w->before = over / 2;
        w->after = over - w->before;
        return true;
    }
    if (pads && pads->items)
        windows_pads(w, pads, axis);
    const size_t places = w->n + w->before + w->after;
    if (w->size > places)
        return false;
    w->count = (places - w->size + (ceil ? w->stride - 1 : 0)) / w->stride + 1;
    if (ceil && (w->count - 1) * w->stride >= w->n + w->before)
        w->count--; /* it would lie in the padding as a whole */
    return true;
}

#define PADS_PARAM(STRUCT)                                                                         \
    CNN_PARAM(                                                                                     \
        STRUCT, pads, CNN_INTEGERS, "null", 0, MAX_PAD, CNN_NULLABLE,                              \
        "Padding in numbers, in place of padding: [all sides], [vertical, horizontal] or [top, "   \
        "bottom, left, right]. PyTorch's padding is [vertical, horizontal].")

#endif
