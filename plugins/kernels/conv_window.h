/* conv_window.h - what convolutions have in common before a kernel is chosen: parameters and
 * geometry. */
#ifndef CNN_KERNELS_CONV_WINDOW_H
#define CNN_KERNELS_CONV_WINDOW_H

#include "conv_general.h"
#include "windows.h"

enum { VALID, SAME };
static const char *const paddings[] = {"valid", "same", NULL};

/* Stands first in a layer's own struct, so that the parameters below are in their places there. */
typedef struct conv_window {
    cnn_shape kernel_size, strides, dilation_rate;
    int32_t padding;
    cnn_integers pads;
} conv_window;

#define CONV_WINDOW_PARAMS                                                                         \
    CNN_PARAM(conv_window, kernel_size, CNN_SHAPE, NULL, 1, 1024, 0,                               \
              "Height and width of the kernel."),                                                  \
        CNN_PARAM(conv_window, strides, CNN_SHAPE, "1", 1, 1024, 0,                                \
                  "Steps between windows, vertical and horizontal."),                              \
        CNN_PARAM_CHOICE(                                                                          \
            conv_window, padding, "valid", paddings,                                               \
            "valid: windows inside the image. same: as many outputs as inputs / stride, with "     \
            "zeros around, the smaller half first (PyTorch pads symmetrically: see pads)."),       \
        PADS_PARAM(conv_window),                                                                   \
        CNN_PARAM(conv_window, dilation_rate, CNN_SHAPE, "1", 1, 1024, 0,                          \
                  "Distance of the inputs that neighbours in the kernel meet, vertical and "       \
                  "horizontal. With strides above 1 it works as in PyTorch; Keras refuses that.")

static int conv_window_init(const conv_window *w, cnn_error *error)
{
    if (w->kernel_size.rank != 2)
        return cnn_fail_at(error, "kernel_size", 0,
                           "kernel_size has %d numbers; it must be [height, width] or one number",
                           (int)w->kernel_size.rank);
    if (w->strides.rank != 2)
        return cnn_fail_at(
            error, "strides", 0,
            "strides has %d numbers; it must be [vertical, horizontal] or one number",
            (int)w->strides.rank);
    if (w->dilation_rate.rank != 2)
        return cnn_fail_at(
            error, "dilation_rate", 0,
            "dilation_rate has %d numbers; it must be [vertical, horizontal] or one number",
            (int)w->dilation_rate.rank);
    return windows_check_pads(&w->pads, w->padding == SAME, error);
}

/* Whether every size the kernels compute with stays far from overflow. */
static bool conv_is_small_enough(const conv_general *g)
{
    const conv_shape *s = &g->s;
    const double limit = 0x1p40;
    const double taps = (double)s->kh * (double)s->kw;
    const double c = (double)s->c + VL, o = (double)s->o + VL;
    const double reach_h = (double)s->oh * (double)s->sh + (double)s->kh * (double)g->dh,
                 reach_w = (double)s->ow * (double)s->sw + (double)s->kw * (double)g->dw;
    const double image = fmax((double)s->h + 2 * (double)s->kh, (double)s->top + reach_h) *
                         fmax((double)s->w + 2 * (double)s->kw, (double)s->left + reach_w) * c;
    const double output = (double)s->oh * (double)s->ow * o;
    return image < limit && output < limit && taps * c * o < limit &&
           taps * c * (double)s->ow < limit;
}

/* Fills *g, whose relu and pool stay, from the input's shape; `name` is the layer's. */
static int conv_window_place(const conv_window *v, const char *name, const cnn_shape *input,
                             size_t outputs, size_t groups, conv_general *g, cnn_error *error)
{
    const uint64_t *k = v->kernel_size.dim, *in = input->dim, *dilation = v->dilation_rate.dim;
    conv_shape *s = &g->s;
    if (input->rank != 3)
        return cnn_fail(error, "the input has rank %d; %s needs an image (height, width, channels)",
                        (int)input->rank, name);
    windows axis[2];
    for (int a = 0; a < 2; a++) {
        axis[a] = (windows){
            .n = in[a], .size = (k[a] - 1) * dilation[a] + 1, .stride = v->strides.dim[a]};
        if (!windows_place(&axis[a], v->padding == SAME, &v->pads, a, false))
            return cnn_fail_at(
                error, "kernel_size", 0,
                "kernel_size is [%llu, %llu]%s, larger than the input [%llu, %llu, %llu]; "
                "it must fit, or padding must be same",
                (unsigned long long)k[0], (unsigned long long)k[1],
                dilation[0] > 1 || dilation[1] > 1 ? " and stretched by dilation_rate" : "",
                (unsigned long long)in[0], (unsigned long long)in[1], (unsigned long long)in[2]);
    }
    *g = (conv_general){.s = {.h = in[0],
                              .w = in[1],
                              .c = in[2],
                              .kh = k[0],
                              .kw = k[1],
                              .sh = v->strides.dim[0],
                              .sw = v->strides.dim[1],
                              .oh = axis[0].count,
                              .ow = axis[1].count,
                              .o = outputs,
                              .top = axis[0].before,
                              .left = axis[1].before,
                              .relu = s->relu,
                              .pool = s->pool},
                        .dh = dilation[0],
                        .dw = dilation[1],
                        .groups = groups};
    if (s->pool && (s->oh < 2 || s->ow < 2))
        return cnn_fail(error,
                        "its output is [%zu, %zu, %zu], smaller than the pool_size [2, 2] behind "
                        "it; it must fit, or padding there be same",
                        s->oh, s->ow, s->o);
    if (!conv_is_small_enough(g))
        return cnn_fail(error,
                        "a kernel of %zu x %zu x %zu x %zu on an input of %zu x %zu is too large "
                        "to be computed; fewer filters or channels are needed",
                        s->kh, s->kw, s->c, s->o, s->h, s->w);
    return 0;
}

#endif
