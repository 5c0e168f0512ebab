/* augment.h - what the layers share that change images at random while training: ranges of factors,
 * and images moved by an affine map.
 *
 * A map gives the place in the input of each output pixel: row = m[0] i + m[1] j + m[2], column =
 * m[3] i
 * + m[4] j + m[5], with pixel 0 at 0. Between pixels the four around are mixed (bilinear), or the
 * nearest is taken. Outside of an image abcd, by fill_mode:
 *
 *   reflect   dcba abcd dcba
 *   wrap      abcd abcd abcd
 *   nearest   aaaa abcd dddd
 *   constant  fill_value */
#ifndef CNN_LAYER_AUGMENT_H
#define CNN_LAYER_AUGMENT_H

#include <cnnrun/layer.h>
#include <math.h>
#include <string.h>

enum { FILL_REFLECT, FILL_WRAP, FILL_NEAREST, FILL_CONSTANT };

/* Stands first in a layer's own struct, so that the parameters below are in their places there. */
typedef struct affine {
    int32_t fill_mode, interpolation;
    double fill_value;
    uint64_t h, w, c;
} affine;

static const char *const fill_modes[] = {"reflect", "wrap", "nearest", "constant", NULL};
static const char *const interpolations[] = {"bilinear", "nearest", NULL};

#define AFFINE_PARAMS                                                                              \
    CNN_PARAM_CHOICE(affine, fill_mode, "reflect", fill_modes,                                     \
                     "What lies outside: the image mirrored, repeated, its edge, or fill_value."), \
        CNN_PARAM_CHOICE(affine, interpolation, "bilinear", interpolations,                        \
                         "Whether the four pixels around a place are mixed, or the nearest is "    \
                         "taken."),                                                                \
        CNN_PARAM(affine, fill_value, CNN_REAL, "0", -(double)INFINITY, (double)INFINITY, 0,       \
                  "The number outside with fill_mode constant.")

/* A factor is [lower, upper], or [f], which stands for [-f, f]. */
static inline int check_range(const char *name, const cnn_reals *range, cnn_error *error)
{
    if (!range->items || (range->count == 1 && range->items[0] >= 0) ||
        (range->count == 2 && range->items[0] <= range->items[1]))
        return 0;
    return cnn_fail_at(error, name, 0, "%s must be [lower, upper], or one number of 0 or more",
                       name);
}

/* Number `index` of the stream, uniform in the range. */
static inline double draw_in(const cnn_reals *range, const cnn_random *random, uint64_t index)
{
    const double upper = range->items[range->count - 1],
                 lower = range->count == 1 ? -upper : range->items[0];
    return lower + (upper - lower) * cnn_random_uniform(random, index);
}

static inline int need_image(const cnn_shape *input, cnn_error *error)
{
    return input->rank == 3
               ? 0
               : cnn_fail(error,
                          "its input has rank %llu; it must be an image, height x width x channels",
                          (unsigned long long)input->rank);
}

static inline int affine_plan(affine *a, const cnn_shape *input, cnn_layer_plan *plan,
                              cnn_error *error)
{
    if (need_image(input, error))
        return -1;
    a->h = input->dim[0];
    a->w = input->dim[1];
    a->c = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_RANDOM;
    plan->saved_bytes = 6 * sizeof(double);
    plan->flops = 8 * (double)cnn_shape_count(input);
    return 0;
}

/* Place k of an axis of n; -1 for the constant. */
static inline int64_t fill_place(const affine *a, double at, uint64_t size)
{
    const double n = (double)size;
    if (a->fill_mode == FILL_CONSTANT)
        return at < 0 || at >= n ? -1 : (int64_t)at;
    if (a->fill_mode == FILL_NEAREST)
        return (int64_t)fmin(fmax(at, 0), n - 1);
    const double period = a->fill_mode == FILL_WRAP ? n : 2 * n,
                 rest = at - period * floor(at / period);
    return (int64_t)fmin(rest < n ? rest : 2 * n - 1 - rest, n - 1);
}

/* The inputs that an output pixel is made of, in floats from the image's first or -1, and their
 * parts. */
typedef struct taps {
    int64_t at[4];
    float part[4];
    int count;
} taps;

static inline taps taps_at(const affine *a, const double m[6], uint64_t i, uint64_t j)
{
    const double row = m[0] * (double)i + m[1] * (double)j + m[2];
    const double column = m[3] * (double)i + m[4] * (double)j + m[5];
    const double half = a->interpolation ? 0.5 : 0;
    const double top = floor(row + half), left = floor(column + half), v = row - top,
                 u = column - left;
    taps t = {.part = {(float)((1 - v) * (1 - u)), (float)((1 - v) * u), (float)(v * (1 - u)),
                       (float)(v * u)},
              .count = a->interpolation ? 1 : 4};
    if (a->interpolation)
        t.part[0] = 1;
    for (int k = 0; k < t.count; k++) {
        const int64_t y = fill_place(a, top + k / 2, a->h), x = fill_place(a, left + k % 2, a->w);
        t.at[k] = y < 0 || x < 0 ? -1 : (y * (int64_t)a->w + x) * (int64_t)a->c;
    }
    return t;
}

/* `draw` gives a sample's map from its stream. */
static inline void affine_forward(const affine *a, const cnn_layer_io *io,
                                  void (*draw)(const void *, const cnn_random *, double *))
{
    const uint64_t count = a->h * a->w * a->c;
    float *y = io->y;
    if (!io->training) {
        memcpy(y, io->x, io->samples * count * sizeof(float));
        return;
    }
    for (uint64_t s = 0; s < io->samples; s++) {
        double *m = (double *)io->saved + 6 * s;
        const float *x = io->x + s * count;
        draw(a, &io->random[s], m);
        for (uint64_t p = 0; p < a->h * a->w; p++, y += a->c) {
            const taps t = taps_at(a, m, p / a->w, p % a->w);
            for (uint64_t c = 0; c < a->c; c++) {
                float sum = 0;
                for (int k = 0; k < t.count; k++)
                    sum +=
                        t.part[k] * (t.at[k] < 0 ? (float)a->fill_value : x[(uint64_t)t.at[k] + c]);
                y[c] = sum;
            }
        }
    }
}

static inline void affine_backward(const affine *a, const cnn_layer_io *io)
{
    const uint64_t count = a->h * a->w * a->c;
    const float *dy = io->dy;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * count * sizeof(float));
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t p = 0; p < a->h * a->w; p++, dy += a->c) {
            const taps t = taps_at(a, (const double *)io->saved + 6 * s, p / a->w, p % a->w);
            for (int k = 0; k < t.count; k++)
                for (uint64_t c = 0; t.at[k] >= 0 && c < a->c; c++)
                    io->dx[s * count + (uint64_t)t.at[k] + c] += t.part[k] * dy[c];
        }
}

#endif
