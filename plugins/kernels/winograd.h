/* winograd.h - convolution with 3 x 3 kernels of stride 1 by Winograd's F(4x4, 3x3).
 *
 * Lavin & Gray 2015, "Fast algorithms for convolutional neural networks". With d a 6 x 6 window of
 * the input, g a kernel, the 4 x 4 outputs that d determines are
 *   y = A' [ (G g G') . (B' d B) ] A          (' transposes, . multiplies element by element)
 * so 36 multiplications do the work of 144. The sum over input channels goes inside the brackets,
 * which turns each of the 36 places into a matrix product over all windows ("tiles"):
 *   forward   M[k] (tiles, o) = V[k] (tiles, c) * U[k] (c, o),   U = G g G', V = B' d B
 * Gradients are the adjoint of just that, step by step, and so need no other transforms:
 *   kernel    dU[k] (c, o) += V[k]' * dM[k],                     dM = A dy A', dg = G' dU G
 *   input     dV[k] (tiles, c) = dM[k] * U[k]',                  dx += B dV B' where the windows lie
 * dM serves both; dU is summed over the shard and transformed back once.
 *
 * Layout. V, M and U are 36 planes each, channels innermost and padded to whole vectors, and the
 * transforms work on VL channels at a time. A block of tiles, WINOGRAD_BLOCK_FLOATS of V and M, is
 * taken through all steps, so that it stays in the second-level cache; planes are an odd number of
 * cache lines apart, so that the 36 places of a tile do not compete for one set. Windows that reach
 * over the border, or into channels that do not fill a vector, go through a buffer of one window.
 *
 * Cost for each tile and pair of channels: 36 multiply-adds instead of 144; each transform is about
 * 150 vector additions for VL channels of a tile. Bias and ReLU are in the last transform of forward,
 * the mask y > 0 and the sum for dbias in the first one of backward.
 *
 * Error. The transforms have factors up to 8 and cancel: see conv2d.c for figures. */
#ifndef CNN_KERNELS_WINOGRAD_H
#define CNN_KERNELS_WINOGRAD_H

#include "conv.h"

#define WINOGRAD_BLOCK_FLOATS 131072u /* of V and M: half of a second-level cache of 1 MB */
#define TILE 4
#define WINDOW 6
#define PLANES 36

/* ---- transforms: along one axis, of vectors `from_step` and `to_step` apart ---- */

typedef void transform(const vec *d, size_t from_step, vec *to, size_t to_step);

/* B' d */
PRODUCT_INLINE void winograd_input(const vec *d, size_t s, vec *to, size_t t)
{
    const vec d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];
    const vec a = d4 - 4 * d2, b = d3 - 4 * d1, e = d4 - d2, f = 2 * (d3 - d1);
    to[0] = 4 * d0 - 5 * d2 + d4;
    to[t] = a + b;
    to[2 * t] = a - b;
    to[3 * t] = e + f;
    to[4 * t] = e - f;
    to[5 * t] = 4 * d1 - 5 * d3 + d5;
}

/* B m, the adjoint of the former */
PRODUCT_INLINE void winograd_input_adjoint(const vec *m, size_t s, vec *to, size_t t)
{
    const vec m0 = m[0], m5 = m[5 * s];
    const vec p = m[s] + m[2 * s], q = m[s] - m[2 * s];
    const vec r = m[3 * s] + m[4 * s], u = m[3 * s] - m[4 * s];
    to[0] = 4 * m0;
    to[t] = 4 * (m5 - q) - 2 * u;
    to[2 * t] = -5 * m0 - 4 * p - r;
    to[3 * t] = q + 2 * u - 5 * m5;
    to[4 * t] = m0 + p + r;
    to[5 * t] = m5;
}

/* A' m */
PRODUCT_INLINE void winograd_output(const vec *m, size_t s, vec *to, size_t t)
{
    const vec p = m[s] + m[2 * s], q = m[s] - m[2 * s];
    const vec r = m[3 * s] + m[4 * s], u = m[3 * s] - m[4 * s];
    to[0] = m[0] + p + r;
    to[t] = q + 2 * u;
    to[2 * t] = p + 4 * r;
    to[3 * t] = q + 8 * u + m[5 * s];
}

/* A g, the adjoint of the former */
PRODUCT_INLINE void winograd_output_adjoint(const vec *g, size_t s, vec *to, size_t t)
{
    const vec g0 = g[0], g1 = g[s], g2 = g[2 * s], g3 = g[3 * s];
    const vec a = g0 + g2, b = g1 + g3, e = g0 + 4 * g2, f = 2 * g1 + 8 * g3;
    to[0] = g0;
    to[t] = a + b;
    to[2 * t] = a - b;
    to[3 * t] = e + f;
    to[4 * t] = e - f;
    to[5 * t] = g3;
}

/* G g */
PRODUCT_INLINE void winograd_kernel(const vec *g, size_t s, vec *to, size_t t)
{
    const vec g0 = g[0], g1 = g[s], g2 = g[2 * s];
    const vec a = (g0 + g2) * (-1 / 6.0f), b = g1 * (1 / 6.0f);
    const vec e = g0 * (1 / 24.0f) + g2 * (1 / 6.0f), f = g1 * (1 / 12.0f);
    to[0] = g0 * 0.25f;
    to[t] = a - b;
    to[2 * t] = a + b;
    to[3 * t] = e + f;
    to[4 * t] = e - f;
    to[5 * t] = g2;
}

/* G' m, the adjoint of the former */
PRODUCT_INLINE void winograd_kernel_adjoint(const vec *m, size_t s, vec *to, size_t t)
{
    const vec p = (m[s] + m[2 * s]) * (1 / 6.0f), q = (m[s] - m[2 * s]) * (1 / 6.0f);
    const vec r = m[3 * s] + m[4 * s], u = m[3 * s] - m[4 * s];
    to[0] = 0.25f * m[0] - p + r * (1 / 24.0f);
    to[t] = u * (1 / 12.0f) - q;
    to[2 * t] = r * (1 / 6.0f) - p + m[5 * s];
}

/* Both axes: n x n vectors become m x m. All arguments but the arrays are constants. */
PRODUCT_INLINE void winograd_both(transform *f, const vec *from, const size_t n, vec *to, const size_t m)
{
    vec half[WINDOW * WINDOW];
    PRODUCT_UNROLL
    for (size_t j = 0; j < n; j++)
        f(from + j, n, half + j, n);
    PRODUCT_UNROLL
    for (size_t i = 0; i < m; i++)
        f(half + i * n, 1, to + i * m, 1);
}

/* ---- sizes and scratch ---- */

typedef struct winograd {
    const conv_shape *s;
    size_t rows, columns;        /* tiles of an image */
    size_t cp, op;               /* channels, padded to whole vectors */
    size_t block;                /* tiles at a time */
    size_t v_plane, m_plane;     /* distance of planes: (block, cp), (block, op) */
    size_t u_plane, t_plane;     /* (c, op), (o, cp) */
    float *v, *m, *u;            /* u: forward */
    float *transposed;           /* backward: U with input channels innermost */
    float *du;                   /* backward */
    float *packed;               /* the kernel as (9, c, op) or (9, o, cp) */
    float *bias;                 /* (op): bias, or sum for dbias */
    float *zeros;                /* (op) or (cp) */
    size_t *v_row, *m_row, *one; /* offsets of rows: r * cp, r * op (block); r (c) */
} winograd;

/* Floats of a plane, an odd number of cache lines. */
static size_t winograd_plane(size_t floats)
{
    return ((floats + 15) / 16 | 1) * 16;
}

static size_t *winograd_cut_rows(float *scratch, size_t *used, size_t rows)
{
    return (size_t *)(void *)conv_cut(scratch, used, rows * sizeof(size_t) / sizeof(float));
}

/* Cuts scratch for forward or backward; returns the floats used. */
static size_t winograd_cut(winograd *w, const conv_shape *s, float *scratch, bool backward)
{
    const size_t cp = vec_pad(s->c), op = vec_pad(s->o);
    size_t used = 0, block = WINOGRAD_BLOCK_FLOATS / (PLANES * (cp + op)) / PRODUCT_ROWS * PRODUCT_ROWS;
    memset(w, 0, sizeof *w);
    block = block < PRODUCT_ROWS ? PRODUCT_ROWS : block;
    *w = (winograd){.s = s, .rows = (s->oh + TILE - 1) / TILE, .columns = (s->ow + TILE - 1) / TILE,
                    .cp = cp, .op = op, .block = block,
                    .v_plane = winograd_plane(block * cp), .m_plane = winograd_plane(block * op),
                    .u_plane = winograd_plane(s->c * op), .t_plane = winograd_plane(s->o * cp)};
    w->v = conv_cut(scratch, &used, PLANES * w->v_plane);
    w->m = conv_cut(scratch, &used, PLANES * w->m_plane);
    w->bias = conv_cut(scratch, &used, op);
    w->zeros = conv_cut(scratch, &used, cp > op ? cp : op);
    w->v_row = winograd_cut_rows(scratch, &used, block);
    w->m_row = winograd_cut_rows(scratch, &used, block);
    if (backward) {
        w->transposed = conv_cut(scratch, &used, PLANES * w->t_plane);
        w->du = conv_cut(scratch, &used, PLANES * w->u_plane);
        w->packed = conv_cut(scratch, &used, 9 * s->o * cp);
        w->one = winograd_cut_rows(scratch, &used, s->c);
    } else {
        w->u = conv_cut(scratch, &used, PLANES * w->u_plane);
        w->packed = conv_cut(scratch, &used, 9 * s->c * op);
    }
    return used;
}

/* Floats of scratch that forward and backward need. */
static size_t winograd_scratch(const conv_shape *s)
{
    winograd w;
    const size_t forward = winograd_cut(&w, s, NULL, false), backward = winograd_cut(&w, s, NULL, true);
    return forward > backward ? forward : backward;
}

static void winograd_prepare(const winograd *w)
{
    memset(w->zeros, 0, (w->cp > w->op ? w->cp : w->op) * sizeof(float));
    for (size_t r = 0; r < w->block; r++) {
        w->v_row[r] = r * w->cp;
        w->m_row[r] = r * w->op;
    }
}

/* U of a packed kernel (9, rows, columns), columns a multiple of VL. */
static void winograd_take_kernel(float *u, size_t plane, const float *packed, size_t rows, size_t columns)
{
    for (size_t at = 0; at < rows * columns; at += VL) {
        vec g[9], to[PLANES];
        for (size_t k = 0; k < 9; k++)
            g[k] = vec_load(packed + k * rows * columns + at);
        winograd_both(winograd_kernel, g, 3, to, WINDOW);
        for (size_t k = 0; k < PLANES; k++)
            vec_store(u + k * plane + at, to[k]);
    }
}

/* ---- windows of an image ---- */

/* One window: n x n pixels from (i, j), VL channels from v. The vector of pixel (a, b) lies at
 * at[a * row + b * pixel]: in the image, or, where not all of it is inside, in a buffer. */
typedef struct window {
    size_t h, w, c, v;
    ptrdiff_t i, j;
    size_t n;
    bool inside;
    size_t row, pixel;
} window;

static inline window winograd_window(size_t h, size_t w, size_t c, ptrdiff_t i, ptrdiff_t j, size_t n, size_t v)
{
    const bool inside = i >= 0 && j >= 0 && (size_t)i + n <= h && (size_t)j + n <= w && v + VL <= c;
    return (window){h, w, c, v, i, j, n, inside, inside ? w * c : n * VL, inside ? c : VL};
}

/* Where the pixel (a, b) of the window starts in the image, or -1. */
static inline ptrdiff_t winograd_pixel(const window *at, size_t a, size_t b)
{
    const ptrdiff_t i = at->i + (ptrdiff_t)a, j = at->j + (ptrdiff_t)b;
    if (i < 0 || j < 0 || (size_t)i >= at->h || (size_t)j >= at->w)
        return -1;
    return (ptrdiff_t)(((size_t)i * at->w + (size_t)j) * at->c + at->v);
}

/* The window to read from; zeros outside the image. */
static inline const float *winograd_read(const window *at, const float *image, float *buffer)
{
    if (at->inside)
        return image + winograd_pixel(at, 0, 0);
    for (size_t k = 0; k < at->n * at->n; k++) {
        const ptrdiff_t pixel = winograd_pixel(at, k / at->n, k % at->n);
        vec_store(buffer + k * VL, pixel < 0 ? (vec){0} : vec_load_part(image + pixel, at->c - at->v));
    }
    return buffer;
}

/* Puts the buffer of a window that is not inside where it belongs in the image, or adds it. */
static inline void winograd_write(const window *at, float *image, const float *buffer, bool adds)
{
    for (size_t k = 0; k < at->n * at->n; k++) {
        const ptrdiff_t pixel = winograd_pixel(at, k / at->n, k % at->n);
        if (pixel < 0)
            continue;
        vec value = vec_load(buffer + k * VL);
        if (adds)
            value += vec_load_part(image + pixel, at->c - at->v);
        vec_store_part(image + pixel, value, at->c - at->v);
    }
}

/* Tile t of the shard: its image, and its first row and column of the output. */
typedef struct tile {
    size_t image, i, j;
} tile;

static inline tile winograd_tile(const winograd *w, size_t t)
{
    const size_t each = w->rows * w->columns;
    return (tile){t / each, t % each / w->columns * TILE, t % w->columns * TILE};
}

static inline window winograd_input_window(const winograd *w, const tile *t, size_t v)
{
    const conv_shape *s = w->s;
    return winograd_window(s->h, s->w, s->c, (ptrdiff_t)t->i - (ptrdiff_t)s->top,
                           (ptrdiff_t)t->j - (ptrdiff_t)s->left, WINDOW, v);
}

static inline window winograd_output_window(const winograd *w, const tile *t, size_t v)
{
    const conv_shape *s = w->s;
    return winograd_window(s->oh, s->ow, s->o, (ptrdiff_t)t->i, (ptrdiff_t)t->j, TILE, v);
}

/* ---- steps: each for `count` tiles from `first` ---- */

/* V = B' x B */
static void winograd_take_x(const winograd *w, const float *x, size_t first, size_t count)
{
    float buffer[PLANES * VL];
    for (size_t r = 0; r < count; r++) {
        const tile t = winograd_tile(w, first + r);
        const float *image = x + t.image * w->s->h * w->s->w * w->s->c;
        for (size_t v = 0; v < w->cp; v += VL) {
            const window at = winograd_input_window(w, &t, v);
            const float *from = winograd_read(&at, image, buffer);
            float *to = w->v + r * w->cp + v;
            vec d[PLANES], out[PLANES];
            PRODUCT_UNROLL
            for (size_t a = 0; a < WINDOW; a++) {
                PRODUCT_UNROLL
                for (size_t b = 0; b < WINDOW; b++)
                    d[a * WINDOW + b] = vec_load(from + a * at.row + b * at.pixel);
            }
            winograd_both(winograd_input, d, WINDOW, out, WINDOW);
            PRODUCT_UNROLL_36
            for (size_t k = 0; k < PLANES; k++)
                vec_store(to + k * w->v_plane, out[k]);
        }
    }
}

/* y = A' M A + bias, through ReLU */
static void winograd_give_y(const winograd *w, float *y, size_t first, size_t count)
{
    float buffer[TILE * TILE * VL];
    const vec floor = vec_all(conv_floor(w->s));
    for (size_t r = 0; r < count; r++) {
        const tile t = winograd_tile(w, first + r);
        float *image = y + t.image * w->s->oh * w->s->ow * w->s->o;
        for (size_t v = 0; v < w->op; v += VL) {
            const window at = winograd_output_window(w, &t, v);
            const float *from = w->m + r * w->op + v;
            float *to = at.inside ? image + winograd_pixel(&at, 0, 0) : buffer;
            vec m[PLANES], out[TILE * TILE];
            PRODUCT_UNROLL_36
            for (size_t k = 0; k < PLANES; k++)
                m[k] = vec_load(from + k * w->m_plane);
            winograd_both(winograd_output, m, WINDOW, out, TILE);
            const vec bias = vec_load(w->bias + v);
            PRODUCT_UNROLL
            for (size_t a = 0; a < TILE; a++) {
                PRODUCT_UNROLL
                for (size_t b = 0; b < TILE; b++)
                    vec_store(to + a * at.row + b * at.pixel, vec_floor(out[a * TILE + b] + bias, floor));
            }
            if (!at.inside)
                winograd_write(&at, image, buffer, false);
        }
    }
}

/* dM = A dy A', dy masked by y > 0 under ReLU and added to dbias */
static void winograd_take_dy(const winograd *w, const conv_io *io, size_t first, size_t count)
{
    float buffer[TILE * TILE * VL], y_buffer[TILE * TILE * VL];
    for (size_t r = 0; r < count; r++) {
        const tile t = winograd_tile(w, first + r);
        const size_t image = t.image * w->s->oh * w->s->ow * w->s->o;
        for (size_t v = 0; v < w->op; v += VL) {
            const window at = winograd_output_window(w, &t, v);
            const float *from = winograd_read(&at, io->dy + image, buffer);
            const float *y = w->s->relu ? winograd_read(&at, io->y + image, y_buffer) : NULL;
            float *to = w->m + r * w->op + v;
            vec g[TILE * TILE], out[PLANES], sum = {0};
            PRODUCT_UNROLL
            for (size_t a = 0; a < TILE; a++) {
                PRODUCT_UNROLL
                for (size_t b = 0; b < TILE; b++) {
                    const size_t offset = a * at.row + b * at.pixel;
                    vec value = vec_load(from + offset);
                    if (y)
                        value = vec_select(vec_load(y + offset) > 0, value, (vec){0});
                    g[a * TILE + b] = value;
                    sum += value;
                }
            }
            winograd_both(winograd_output_adjoint, g, TILE, out, WINDOW);
            PRODUCT_UNROLL_36
            for (size_t k = 0; k < PLANES; k++)
                vec_store(to + k * w->m_plane, out[k]);
            vec_store(w->bias + v, vec_load(w->bias + v) + sum);
        }
    }
}

/* dx += B dV B'; an image's first tile clears it */
static void winograd_give_dx(const winograd *w, float *dx, size_t first, size_t count)
{
    float buffer[PLANES * VL];
    const size_t size = w->s->h * w->s->w * w->s->c;
    for (size_t r = 0; r < count; r++) {
        const tile t = winograd_tile(w, first + r);
        float *image = dx + t.image * size;
        if (t.i == 0 && t.j == 0)
            memset(image, 0, size * sizeof(float));
        for (size_t v = 0; v < w->cp; v += VL) {
            const window at = winograd_input_window(w, &t, v);
            const float *from = w->v + r * w->cp + v;
            float *to = at.inside ? image + winograd_pixel(&at, 0, 0) : buffer;
            vec m[PLANES], out[PLANES];
            if (!at.inside)
                memset(buffer, 0, sizeof buffer);
            PRODUCT_UNROLL_36
            for (size_t k = 0; k < PLANES; k++)
                m[k] = vec_load(from + k * w->v_plane);
            winograd_both(winograd_input_adjoint, m, WINDOW, out, WINDOW);
            PRODUCT_UNROLL
            for (size_t a = 0; a < WINDOW; a++) {
                PRODUCT_UNROLL
                for (size_t b = 0; b < WINDOW; b++) {
                    float *pixel = to + a * at.row + b * at.pixel;
                    vec_store(pixel, vec_load(pixel) + out[a * WINDOW + b]);
                }
            }
            if (!at.inside)
                winograd_write(&at, image, buffer, true);
        }
    }
}

/* dg += G' dU G, for the whole shard */
static void winograd_give_kernel(const winograd *w, float *dkernel)
{
    const size_t c = w->s->c, o = w->s->o;
    for (size_t r = 0; r < c; r++)
        for (size_t v = 0; v < w->op; v += VL) {
            vec m[PLANES], g[9];
            for (size_t k = 0; k < PLANES; k++)
                m[k] = vec_load(w->du + k * w->u_plane + r * w->op + v);
            winograd_both(winograd_kernel_adjoint, m, WINDOW, g, 3);
            for (size_t k = 0; k < 9; k++) {
                float *to = dkernel + (k * c + r) * o + v;
                vec_store_part(to, vec_load_part(to, o - v) + g[k], o - v);
            }
        }
}

/* ---- passes ---- */

static void winograd_forward(const conv_shape *s, const conv_io *io)
{
    winograd w;
    winograd_cut(&w, s, io->scratch, false);
    winograd_prepare(&w);
    conv_pack(w.packed, io->kernel, 9 * s->c, s->o, s->o, 1);
    winograd_take_kernel(w.u, w.u_plane, w.packed, s->c, w.op);
    conv_pack_bias(w.bias, io->bias, s->o);
    const size_t tiles = io->samples * w.rows * w.columns;
    for (size_t first = 0; first < tiles; first += w.block) {
        const size_t count = tiles - first < w.block ? tiles - first : w.block;
        winograd_take_x(&w, io->x, first, count);
        product p = {.row = w.v_row, .outer = 1, .inner = s->c, .inner_step = 1, .b_row = w.op,
                     .from = w.zeros, .c_row = w.op, .columns = w.op, .floor = -INFINITY};
        for (size_t k = 0; k < PLANES; k++) {
            p.a = w.v + k * w.v_plane;
            p.b = w.u + k * w.u_plane;
            p.c = w.m + k * w.m_plane;
            product_run(&p, count);
        }
        winograd_give_y(&w, io->y, first, count);
    }
}

/* dU += V' dM, then V = dM U', plane by plane, while the plane of dM is in the first-level cache. */
static void winograd_multiply_back(const winograd *w, size_t count, bool wants_dx)
{
    product kernel = {.row = w->one, .outer = 1, .inner = count, .inner_step = w->cp, .b_row = w->op,
                      .from_row = w->op, .c_row = w->op, .columns = w->op, .floor = -INFINITY};
    product input = {.row = w->m_row, .outer = 1, .inner = w->s->o, .inner_step = 1, .b_row = w->cp,
                     .from = w->zeros, .c_row = w->cp, .columns = w->cp, .floor = -INFINITY};
    for (size_t k = 0; k < PLANES; k++) {
        kernel.a = w->v + k * w->v_plane;
        kernel.b = w->m + k * w->m_plane;
        kernel.from = kernel.c = w->du + k * w->u_plane;
        product_run(&kernel, w->s->c);
        input.a = w->m + k * w->m_plane;
        input.b = w->transposed + k * w->t_plane;
        input.c = w->v + k * w->v_plane;
        if (wants_dx)
            product_run(&input, count);
    }
}

static void winograd_backward(const conv_shape *s, const conv_io *io)
{
    winograd w;
    winograd_cut(&w, s, io->scratch, true);
    winograd_prepare(&w);
    for (size_t r = 0; r < s->c; r++)
        w.one[r] = r;
    for (size_t k = 0; io->dx && k < 9; k++)
        conv_pack(w.packed + k * s->o * w.cp, io->kernel + k * s->c * s->o, s->o, 1, s->c, s->o);
    if (io->dx)
        winograd_take_kernel(w.transposed, w.t_plane, w.packed, s->o, w.cp);
    memset(w.du, 0, PLANES * w.u_plane * sizeof(float));
    memset(w.bias, 0, w.op * sizeof(float));
    const size_t tiles = io->samples * w.rows * w.columns;
    for (size_t first = 0; first < tiles; first += w.block) {
        const size_t count = tiles - first < w.block ? tiles - first : w.block;
        winograd_take_x(&w, io->x, first, count);
        winograd_take_dy(&w, io, first, count);
        winograd_multiply_back(&w, count, io->dx != NULL);
        if (io->dx)
            winograd_give_dx(&w, io->dx, first, count);
    }
    winograd_give_kernel(&w, io->dkernel);
    for (size_t v = 0; io->dbias && v < s->o; v += VL)
        vec_store_part(io->dbias + v, vec_load_part(io->dbias + v, s->o - v) + vec_load(w.bias + v), s->o - v);
}

#endif
