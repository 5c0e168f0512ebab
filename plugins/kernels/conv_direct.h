/* conv_direct.h - convolution by its definition, for any kernel, stride, padding and channels.
 *
 * Idea. In NHWC the kw pixels under one row of the kernel are kw * c consecutive floats, so a row
 * of the output is a small matrix product that reads the image in place:
 *
 *   forward  y row (ow, o) = windows (ow, kh kw c) * kernel (kh kw c, o)
 *   kernel   dkernel (kh kw c, o) += windows of a few rows, transposed * dy of these rows
 *   input    columns (ow, kh kw c) = dy row (ow, o) * kernel, transposed;
 *            added into dx where the windows lie
 *
 * Bias and ReLU are applied before the sums leave the registers; backward masks dy by y > 0 and
 * adds up dbias while it takes a few rows of dy into L1, and both products use them there.
 *
 * Where 2 x 2 maxima follow, an image's y lies in scratch until they are taken, and its dy is
 * spread there from theirs.
 *
 * Padding. Where there is any, the image is copied into scratch with its border of zeros (and dx
 * built there), one image at a time; without, nothing is copied.
 *
 * Error. Sums of kh kw c products in float32, one after the other: see conv2d.c for figures. */
#ifndef CNN_KERNELS_CONV_DIRECT_H
#define CNN_KERNELS_CONV_DIRECT_H

#include "conv.h"
#include "patch.h"

#define DIRECT_BAND_FLOATS 4096u /* of dy at a time: half of a first-level cache */
#define DIRECT_BAND_PIXELS                                                                         \
    1024u /* of y at a time, so that few blocks of the product are cut short */

/* Sizes derived from the shape, and the pieces of scratch. */
typedef struct direct {
    const conv_shape *s;
    size_t ph, pw;     /* the input with its border */
    bool padded;       /* it differs from the input */
    size_t depth;      /* kh kw c */
    size_t op;         /* o, padded to whole vectors */
    size_t segment;    /* kw c, padded to whole vectors */
    size_t band;       /* rows of y or dy at a time */
    float *image;      /* (ph, pw, c) */
    float *whole;      /* (oh, ow, o): y or dy of an image before pool */
    size_t *pixel;     /* (band, ow): where a pixel's row of A starts; backward: (ow) */
    float *kernel;     /* forward: (depth, op) */
    float *bias;       /* forward: (op) */
    size_t *window;    /* (depth): where a number of the kernel meets the window */
    float *dy;         /* (band, ow, op) */
    float *dkernel;    /* (depth, op) */
    float *dbias;      /* (op) */
    float *transposed; /* (o, kh, segment) */
    float *columns;    /* (ow, kh, segment) */
    float *zeros;      /* (kh, segment) */
    float *dimage;     /* (ph, pw, c) */
} direct;

/* Cuts scratch for forward or backward; returns the floats used. */
static size_t direct_cut(direct *d, const conv_shape *s, float *scratch, bool backward)
{
    const size_t reach_h = (s->oh - 1) * s->sh + s->kh, reach_w = (s->ow - 1) * s->sw + s->kw;
    size_t used = 0;
    memset(d, 0, sizeof *d);
    d->s = s;
    d->ph = reach_h > s->top + s->h ? reach_h : s->top + s->h;
    d->pw = reach_w > s->left + s->w ? reach_w : s->left + s->w;
    d->padded = d->ph != s->h || d->pw != s->w;
    d->depth = s->kh * s->kw * s->c;
    d->op = vec_pad(s->o);
    d->segment = vec_pad(s->kw * s->c);
    d->band = backward ? DIRECT_BAND_FLOATS / (s->ow * d->op) : DIRECT_BAND_PIXELS / s->ow;
    d->band = d->band < 1 ? 1 : d->band > s->oh ? s->oh : d->band;
    const size_t image = d->padded ? d->ph * d->pw * s->c : 0;
    d->image = conv_cut(scratch, &used, image);
    d->whole = conv_cut(scratch, &used, s->pool ? conv_image(s) : 0);
    d->pixel = conv_cut_rows(scratch, &used, (backward ? 1 : d->band) * s->ow);
    if (!backward) {
        d->kernel = conv_cut(scratch, &used, d->depth * d->op);
        d->bias = conv_cut(scratch, &used, d->op);
        return used;
    }
    d->window = conv_cut_rows(scratch, &used, d->depth);
    d->dy = conv_cut(scratch, &used, d->band * s->ow * d->op);
    d->dkernel = conv_cut(scratch, &used, d->depth * d->op);
    d->dbias = conv_cut(scratch, &used, d->op);
    d->transposed = conv_cut(scratch, &used, s->o * s->kh * d->segment);
    d->columns = conv_cut(scratch, &used, s->ow * s->kh * d->segment);
    d->zeros = conv_cut(scratch, &used, s->kh * d->segment);
    d->dimage = conv_cut(scratch, &used, image);
    return used;
}

/* Floats of scratch that forward and backward need. */
static size_t direct_scratch(const conv_shape *s)
{
    direct d;
    const size_t forward = direct_cut(&d, s, NULL, false), backward = direct_cut(&d, s, NULL, true);
    return forward > backward ? forward : backward;
}

/* The image n with its border; the border's zeros are written once, by the caller. */
static const float *direct_image(const direct *d, const float *x, size_t n)
{
    const conv_shape *s = d->s;
    const float *from = x + n * s->h * s->w * s->c;
    if (!d->padded)
        return from;
    for (size_t i = 0; i < s->h; i++)
        memcpy(d->image + ((s->top + i) * d->pw + s->left) * s->c, from + i * s->w * s->c,
               s->w * s->c * sizeof(float));
    return d->image;
}

/* All of image n's output. */
static patch direct_whole(const conv_shape *s, size_t n)
{
    return (patch){.h = s->oh,
                   .w = s->ow,
                   .c = s->o,
                   .padded = s->o,
                   .image = n,
                   .height = s->oh,
                   .width = s->ow};
}

static void direct_clear_border(const direct *d)
{
    if (d->padded)
        memset(d->image, 0, d->ph * d->pw * d->s->c * sizeof(float));
}

static void direct_forward(const conv_shape *s, const conv_io *io)
{
    direct d;
    direct_cut(&d, s, io->scratch, false);
    direct_clear_border(&d);
    conv_pack(d.kernel, io->kernel, d.depth, s->o, s->o, 1);
    conv_pack_bias(d.bias, io->bias, s->o);
    for (size_t j = 0; j < d.band * s->ow; j++)
        d.pixel[j] = (j / s->ow * s->sh * d.pw + j % s->ow * s->sw) * s->c;
    product p = {.row = d.pixel,
                 .outer = s->kh,
                 .inner = s->kw * s->c,
                 .outer_step = d.pw * s->c,
                 .inner_step = 1,
                 .b = d.kernel,
                 .b_row = d.op,
                 .from = d.bias,
                 .from_row = 0,
                 .c_row = s->o,
                 .columns = s->o,
                 .floor = conv_floor(s)};
    for (size_t n = 0; n < io->samples; n++) {
        const float *image = direct_image(&d, io->x, n);
        float *y = s->pool ? d.whole : io->y + n * conv_image(s);
        for (size_t i = 0; i < s->oh; i += d.band) {
            p.a = image + i * s->sh * d.pw * s->c;
            p.c = y + i * s->ow * s->o;
            product_run(&p, (s->oh - i < d.band ? s->oh - i : d.band) * s->ow);
        }
        const patch whole = direct_whole(s, n);
        if (s->pool)
            patch_pool(&whole, y, s->relu, io->y, io->mask);
    }
}

/* Takes `pixels` pixels of dy, where y > 0 unless that is NULL, into d->dy, and adds them to dbias.
 */
static void direct_take_dy(const direct *d, const float *dy, const float *y, size_t pixels)
{
    const size_t o = d->s->o;
    for (size_t v = 0; v < o; v += VL) {
        vec sum = {0}; /* of the band first: the rounding of one long sum grows with its length */
        for (size_t p = 0; p < pixels; p++) {
            vec g = vec_load_part(dy + p * o + v, o - v);
            if (y)
                g = vec_select(vec_load_part(y + p * o + v, o - v) > 0, g, (vec){0});
            vec_store(d->dy + p * d->op + v, g);
            sum += g;
        }
        vec_store(d->dbias + v, vec_load(d->dbias + v) + sum);
    }
}

/* to[i] += from[i] */
static void direct_add(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i += VL)
        vec_store_part(to + i, vec_load_part(to + i, n - i) + vec_load(from + i), n - i);
}

/* dx of one row of dy: its columns, added into the image `to` of row length `width`. */
static void direct_spread_row(const direct *d, product *p, float *to, size_t width)
{
    const conv_shape *s = d->s;
    product_run(p, s->ow);
    for (size_t j = 0; j < s->ow; j++)
        for (size_t u = 0; u < s->kh; u++)
            direct_add(to + (u * width + j * s->sw) * s->c,
                       d->columns + (j * s->kh + u) * d->segment, s->kw * s->c);
}

/* Offsets, the transposed kernel and zeroed sums. */
static void direct_prepare_backward(const direct *d, const conv_io *io)
{
    const conv_shape *s = d->s;
    direct_clear_border(d);
    for (size_t j = 0; j < s->ow; j++)
        d->pixel[j] = j * d->op;
    for (size_t k = 0; k < d->depth; k++)
        d->window[k] = k / (s->kw * s->c) * d->pw * s->c + k % (s->kw * s->c);
    memset(d->dkernel, 0, d->depth * d->op * sizeof(float));
    memset(d->dbias, 0, d->op * sizeof(float));
    memset(d->zeros, 0, s->kh * d->segment * sizeof(float));
    for (size_t o = 0; io->dx && o < s->o; o++)
        conv_pack(d->transposed + o * s->kh * d->segment, io->kernel + o, s->kh,
                  s->kw * s->c * s->o, s->kw * s->c, s->o);
}

/* The image in which dx is built, zeroed; and dx from it. */
static float *direct_open_dx(const direct *d, const conv_io *io, size_t n)
{
    const conv_shape *s = d->s;
    float *to = d->padded ? d->dimage : io->dx + n * s->h * s->w * s->c;
    memset(to, 0, d->ph * d->pw * s->c * sizeof(float));
    return to;
}

static void direct_close_dx(const direct *d, const conv_io *io, size_t n)
{
    const conv_shape *s = d->s;
    for (size_t i = 0; d->padded && i < s->h; i++)
        memcpy(io->dx + (n * s->h + i) * s->w * s->c,
               d->dimage + ((s->top + i) * d->pw + s->left) * s->c, s->w * s->c * sizeof(float));
}

/* Adds the sums of the shard to the gradients. */
static void direct_hand_over(const direct *d, const conv_io *io)
{
    const size_t o = d->s->o;
    for (size_t k = 0; k < d->depth; k++)
        direct_add(io->dkernel + k * o, d->dkernel + k * d->op, o);
    if (io->dbias)
        direct_add(io->dbias, d->dbias, o);
}

static void direct_backward(const conv_shape *s, const conv_io *io)
{
    direct d;
    direct_cut(&d, s, io->scratch, true);
    direct_prepare_backward(&d, io);
    product kernel = {.row = d.window,
                      .inner = s->ow,
                      .outer_step = s->sh * d.pw * s->c,
                      .inner_step = s->sw * s->c,
                      .b = d.dy,
                      .b_row = d.op,
                      .from = d.dkernel,
                      .from_row = d.op,
                      .c = d.dkernel,
                      .c_row = d.op,
                      .columns = d.op,
                      .floor = -INFINITY};
    product input = {.row = d.pixel,
                     .outer = 1,
                     .inner = s->o,
                     .inner_step = 1,
                     .b = d.transposed,
                     .b_row = s->kh * d.segment,
                     .from = d.zeros,
                     .c = d.columns,
                     .c_row = s->kh * d.segment,
                     .columns = s->kh * d.segment,
                     .floor = -INFINITY};
    for (size_t n = 0; n < io->samples; n++) {
        const float *image = direct_image(&d, io->x, n);
        float *dx = io->dx ? direct_open_dx(&d, io, n) : NULL;
        const float *dy = s->pool ? d.whole : io->dy + n * conv_image(s);
        const float *y = s->relu && !s->pool ? io->y + n * conv_image(s) : NULL;
        const patch whole = direct_whole(s, n);
        if (s->pool)
            patch_unpool(&whole, io->dy, io->mask, d.whole);
        for (size_t i = 0; i < s->oh; i += d.band) {
            kernel.outer = s->oh - i < d.band ? s->oh - i : d.band;
            const size_t at = i * s->ow * s->o;
            direct_take_dy(&d, dy + at, y ? y + at : NULL, kernel.outer * s->ow);
            kernel.a = image + i * s->sh * d.pw * s->c;
            if (io->dkernel)
                product_run(&kernel, d.depth);
            for (size_t r = 0; dx && r < kernel.outer; r++) {
                input.a = d.dy + r * s->ow * d.op;
                direct_spread_row(&d, &input, dx + (i + r) * s->sh * d.pw * s->c, d.pw);
            }
        }
        if (dx)
            direct_close_dx(&d, io, n);
    }
    if (io->dkernel)
        direct_hand_over(&d, io);
}

#endif
