/* conv_general.h - convolution with dilation and groups, tap by tap: for what the faster kernels do
 * not know.
 *
 *   y[i, j, o] = b[o] + sum over (u, v, c) of x[i sh + u dh - top, j sw + v dw - left, c] w[u, v,
 * c, o]
 *
 * where c runs through the channels of o's group alone. Channels and outputs are cut into `groups`
 * runs, and the kernel is (kh, kw, c / groups, o). With as many groups as channels this is the
 * depthwise convolution, and its kernel lies in memory as (kh, kw, c, o / c). */
#ifndef CNN_KERNELS_CONV_GENERAL_H
#define CNN_KERNELS_CONV_GENERAL_H

#include "conv.h"

typedef struct conv_general {
    conv_shape s;  /* relu and pool are not looked at */
    size_t dh, dw; /* dilation */
    size_t groups;
} conv_general;

static inline size_t general_kernel(const conv_general *g)
{
    return g->s.kh * g->s.kw * (g->s.c / g->groups) * g->s.o;
}

/* Floats of scratch that backward needs: an image's sums for kernel and bias. */
static inline size_t general_scratch(const conv_general *g)
{
    return general_kernel(g) + g->s.o;
}

/* Where in the image (i, j) meets tap `tap` of the kernel, in floats; or -1 outside. */
static inline ptrdiff_t general_place(const conv_general *g, size_t i, size_t j, size_t tap)
{
    const conv_shape *s = &g->s;
    const size_t row = i * s->sh + tap / s->kw * g->dh, column = j * s->sw + tap % s->kw * g->dw;
    if (row < s->top || row - s->top >= s->h || column < s->left || column - s->left >= s->w)
        return -1;
    return (ptrdiff_t)(((row - s->top) * s->w + column - s->left) * s->c);
}

/* One tap of one output pixel: y += x times the kernel's (c / groups, o). */
static inline void general_tap(const conv_general *g, const float *restrict x,
                               const float *restrict k, float *restrict y)
{
    const size_t inputs = g->s.c / g->groups, outputs = g->s.o / g->groups, o = g->s.o;
    if (inputs == 1 && outputs == 1) {
        for (size_t c = 0; c < o; c++)
            y[c] += x[c] * k[c];
        return;
    }
    for (size_t c = 0; c < g->s.c; c++) {
        const size_t group = c / inputs * outputs;
        const float *row = k + c % inputs * o + group;
        for (size_t q = 0; q < outputs; q++)
            y[group + q] += x[c] * row[q];
    }
}

/* The same tap back: dx += dy times the kernel, transposed, and dk += x times dy; either may be
 * NULL. */
static inline void general_tap_back(const conv_general *g, const float *restrict x,
                                    const float *restrict k, const float *restrict dy,
                                    float *restrict dx, float *restrict dk)
{
    const size_t inputs = g->s.c / g->groups, outputs = g->s.o / g->groups, o = g->s.o;
    if (inputs == 1 && outputs == 1) {
        for (size_t c = 0; dx && c < o; c++)
            dx[c] += dy[c] * k[c];
        for (size_t c = 0; dk && c < o; c++)
            dk[c] += dy[c] * x[c];
        return;
    }
    for (size_t c = 0; c < g->s.c; c++) {
        const size_t group = c / inputs * outputs, row = c % inputs * o + group;
        float sum = 0;
        for (size_t q = 0; dx && q < outputs; q++)
            sum += dy[group + q] * k[row + q];
        if (dx)
            dx[c] += sum;
        for (size_t q = 0; dk && q < outputs; q++)
            dk[row + q] += dy[group + q] * x[c];
    }
}

/* One image; bias may be NULL. */
static void general_image(const conv_general *g, const float *x, const float *kernel,
                          const float *bias, float *y)
{
    const conv_shape *s = &g->s;
    const size_t step = s->c / g->groups * s->o;
    for (size_t at = 0; at < s->oh * s->ow; at++, y += s->o) {
        if (bias)
            memcpy(y, bias, s->o * sizeof(float));
        else
            memset(y, 0, s->o * sizeof(float));
        for (size_t tap = 0; tap < s->kh * s->kw; tap++) {
            const ptrdiff_t place = general_place(g, at / s->ow, at % s->ow, tap);
            if (place >= 0)
                general_tap(g, x + place, kernel + tap * step, y);
        }
    }
}

/* Adds an image's gradients to dx and dkernel; either may be NULL. */
static void general_image_back(const conv_general *g, const float *x, const float *kernel,
                               const float *dy, float *dx, float *dkernel)
{
    const conv_shape *s = &g->s;
    const size_t step = s->c / g->groups * s->o;
    for (size_t at = 0; at < s->oh * s->ow; at++, dy += s->o)
        for (size_t tap = 0; tap < s->kh * s->kw; tap++) {
            const ptrdiff_t place = general_place(g, at / s->ow, at % s->ow, tap);
            if (place >= 0)
                general_tap_back(g, x + place, kernel + tap * step, dy, dx ? dx + place : NULL,
                                 dkernel ? dkernel + tap * step : NULL);
        }
}

static inline void general_forward(const conv_general *g, const conv_io *io)
{
    const conv_shape *s = &g->s;
    for (size_t n = 0; n < io->samples; n++)
        general_image(g, io->x + n * s->h * s->w * s->c, io->kernel, io->bias,
                      io->y + n * conv_image(s));
}

/* An image's sums come first, since the rounding of one long sum grows with its length. */
static inline void general_backward(const conv_general *g, const conv_io *io)
{
    const conv_shape *s = &g->s;
    const size_t in = s->h * s->w * s->c, kernel = general_kernel(g);
    float *dkernel = io->dkernel ? io->scratch : NULL, *dbias = io->scratch + kernel;
    if (io->dx)
        memset(io->dx, 0, io->samples * in * sizeof(float));
    for (size_t n = 0; n < io->samples; n++) {
        const float *dy = io->dy + n * conv_image(s);
        memset(io->scratch, 0, general_scratch(g) * sizeof(float));
        general_image_back(g, io->x + n * in, io->kernel, dy, io->dx ? io->dx + n * in : NULL,
                           dkernel);
        for (size_t i = 0; dkernel && i < kernel; i++)
            io->dkernel[i] += dkernel[i];
        for (size_t p = 0; io->dbias && p < s->oh * s->ow; p++)
            for (size_t o = 0; o < s->o; o++)
                dbias[o] += dy[p * s->o + o];
        for (size_t o = 0; io->dbias && o < s->o; o++)
            io->dbias[o] += dbias[o];
    }
}

#endif
