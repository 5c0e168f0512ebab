/* winograd.h - convolution with 3 x 3 kernels of stride 1 by Winograd's F(6x6, 3x3).
 *
 * Lavin & Gray 2015, "Fast algorithms for convolutional neural networks". With d an 8 x 8 window of
 * the input, g a kernel, the 6 x 6 outputs that d determines are
 *   y = A' [ (G g G') . (B' d B) ] A          (' transposes, . multiplies element by element)
 * so 64 multiplications do the work of 324. The sum over input channels goes inside the brackets,
 * which turns each of the 64 places into a matrix product over all windows ("tiles"):
 *   forward   M[k] (tiles, o) = V[k] (tiles, c) * U[k] (c, o),   U = G g G', V = B' d B
 * Gradients are the adjoint of just that, step by step, and so need no other transforms:
 *   kernel    dU[k] (c, o) += V[k]' * dM[k],                     dM = A dy A', dg = G' dU G
 *   input     dV[k] (tiles, c) = dM[k] * U[k]',                  dx += B dV B', window by window
 * dM serves both; dU is summed over the shard and transformed back once.
 *
 * Layout. V, M and U are 64 planes each, channels innermost and padded to whole vectors, and the
 * transforms work on VL channels at a time. Pixels come and go by strips, the pixels under a few
 * neighbouring tiles: a strip is copied to or from a buffer in the first-level cache row by row,
 * the order in which processors fetch ahead (tiles read in place, at a fifth of the speed), and
 * there borders and channels that do not fill a vector are padded, so that transforms know neither.
 * A block of strips, WINOGRAD_BLOCK_FLOATS of V and M, is taken through all steps, so that it stays
 * in the second-level cache; planes are an odd number of cache lines apart, so that the 64 places
 * of a tile do not compete for one set.
 *
 * U is made of the kernel once a step, for all shards.
 *
 * Bits. A strip belongs to one image, is cut from it in the same way wherever the image stands in
 * the shard, and adds to dx in the order of the strips: results of an image depend on it alone.
 *
 * Cost for each tile and pair of channels: 64 multiply-adds instead of 324; each transform is about
 * 300 vector additions for VL channels of a tile. Bias and ReLU are in the last transform of
 * forward, the mask y > 0 in the copies of y and dy, the sum for dbias in dy's transform. The mask
 * is kept as bytes, so that y need not stay in memory until backward. Where 2 x 2 maxima follow,
 * tiles of 6 hold whole windows: the copies take the maxima, and spread their gradient, so that y
 * and dy in full never leave the strip.
 *
 * Measured on one core (Zen 4, 116 GFLOP/s) by bench_conv2d, which makes U once, 26 x 26, 32 -> 64
 * channels, counted as direct, medians of 31 runs: forward 362 GFLOP/s, weights 335, weights and
 * input 355 (AVX2 306, 291, 329; SSE2 112, 117, 130; direct kernels with AVX-512 115, 105, 100).
 * The bound by the products alone is 587. F(4x4, 3x3), which stood here before, gave 311, 310 and
 * 302 beside 363, 342 and 368.
 *
 * Error. The transforms have factors up to 8 and cancel: see conv2d.c for figures. */
#ifndef CNN_KERNELS_WINOGRAD_H
#define CNN_KERNELS_WINOGRAD_H

#include "patch.h"
#include "winograd_size.h"

/* U of a packed kernel (9, rows, columns), columns a multiple of VL. */
static void winograd_take_kernel(float *u, size_t plane, const float *packed, size_t rows,
                                 size_t columns)
{
    for (size_t at = 0; at < rows * columns; at += VL) {
        vec g[9], to[PLANES];
        for (size_t k = 0; k < 9; k++)
            g[k] = vec_load(packed + k * rows * columns + at);
        winograd_both(winograd_kernel, g, 3, to, WINDOW);
        winograd_scatter(to, u + at, plane);
    }
}

/* ---- strips: up to STRIP neighbouring tiles of a row ---- */

typedef struct strip {
    size_t image; /* number in the shard */
    size_t i, j;  /* where its first tile begins in the output */
    size_t tiles;
} strip;

/* Strip q of the shard. */
static strip winograd_strip(const winograd *w, size_t q)
{
    const size_t row = q / w->strips, column = q % w->strips * w->width;
    const size_t left = w->columns - column;
    return (strip){.image = row / w->rows,
                   .i = row % w->rows * TILE,
                   .j = column * TILE,
                   .tiles = left < w->width ? left : w->width};
}

/* The windows of its tiles, in the input. */
static patch winograd_windows(const winograd *w, const strip *at)
{
    const conv_shape *s = w->s;
    return (patch){.h = s->h,
                   .w = s->w,
                   .c = s->c,
                   .padded = w->cp,
                   .image = at->image,
                   .i = (ptrdiff_t)at->i - (ptrdiff_t)s->top,
                   .j = (ptrdiff_t)at->j - (ptrdiff_t)s->left,
                   .height = WINDOW,
                   .width = at->tiles * TILE + WINDOW - TILE,
                   .below = TILE};
}

/* Its tiles, in the output. */
static patch winograd_tiles(const winograd *w, const strip *at)
{
    const conv_shape *s = w->s;
    return (patch){.h = s->oh,
                   .w = s->ow,
                   .c = s->o,
                   .padded = w->op,
                   .image = at->image,
                   .i = (ptrdiff_t)at->i,
                   .j = (ptrdiff_t)at->j,
                   .height = TILE,
                   .width = at->tiles * TILE,
                   .below = TILE};
}

/* ---- steps: each for the strips [first, end), whose tiles are the rows of V and M ---- */

/* V = B' x B */
static size_t winograd_take_x(const winograd *w, const float *x, size_t first, size_t end)
{
    size_t r = 0;
    for (size_t q = first; q < end; q++) {
        const strip at = winograd_strip(w, q);
        const patch p = winograd_windows(w, &at);
        patch_read(&p, x, NULL, w->strip);
        for (size_t t = 0; t < at.tiles; t++, r++)
            for (size_t v = 0; v < w->cp; v += VL) {
                vec d[PLANES], out[PLANES];
                winograd_load(w->strip + t * TILE * w->cp + v, p.width * w->cp, w->cp, d, WINDOW);
                winograd_both(winograd_input, d, WINDOW, out, WINDOW);
                winograd_scatter(out, w->v + r * w->cp + v, w->v_plane);
            }
    }
    return r;
}

/* y = A' M A + bias, through ReLU and pool */
static void winograd_give_y(const winograd *w, const conv_io *io, size_t first, size_t end)
{
    const vec floor = vec_all(conv_floor(w->s));
    const float *from = w->m;
    for (size_t q = first; q < end; q++) {
        const strip at = winograd_strip(w, q);
        const patch p = winograd_tiles(w, &at);
        for (size_t t = 0; t < at.tiles; t++, from += w->op)
            for (size_t v = 0; v < w->op; v += VL) {
                float *to = w->strip + t * TILE * w->op + v;
                const vec bias = vec_load(w->bias + v);
                vec m[PLANES], out[TILE * TILE];
                winograd_gather(from + v, w->m_plane, m);
                winograd_both(winograd_output, m, WINDOW, out, TILE);
                VEC_UNROLL
                for (size_t a = 0; a < TILE; a++, to += p.width * w->op) {
                    VEC_UNROLL
                    for (size_t b = 0; b < TILE; b++)
                        vec_store(to + b * w->op, vec_floor(out[a * TILE + b] + bias, floor));
                }
            }
        if (w->s->pool)
            patch_pool(&p, w->strip, w->s->relu, io->y, io->mask);
        else
            patch_write(&p, w->strip, io->y, false, io->mask);
    }
}

/* dM = A dy A', dy masked where ReLU was at 0, and added to dbias */
static void winograd_take_dy(const winograd *w, const conv_io *io, size_t first, size_t end)
{
    float *to = w->m;
    for (size_t q = first; q < end; q++) {
        const strip at = winograd_strip(w, q);
        const patch p = winograd_tiles(w, &at);
        if (w->s->pool)
            patch_unpool(&p, io->dy, io->mask, w->strip);
        else
            patch_read(&p, io->dy, io->mask, w->strip);
        for (size_t t = 0; t < at.tiles; t++, to += w->op)
            for (size_t v = 0; v < w->op; v += VL) {
                vec g[TILE * TILE], out[PLANES], sum = vec_load(w->bias + v);
                winograd_load(w->strip + t * TILE * w->op + v, p.width * w->op, w->op, g, TILE);
                VEC_UNROLL
                for (size_t b = 0; b < TILE; b++)
                    sum += ((g[b] + g[b + 6]) + (g[b + 12] + g[b + 18])) + (g[b + 24] + g[b + 30]);
                vec_store(w->bias + v, sum);
                winograd_both(winograd_output_adjoint, g, TILE, out, WINDOW);
                winograd_scatter(out, to + v, w->m_plane);
            }
    }
}

/* dx += B dV B'; an image's first strip clears it */
static void winograd_give_dx(const winograd *w, float *dx, size_t first, size_t end)
{
    const size_t size = w->s->h * w->s->w * w->s->c;
    const float *from = w->v;
    for (size_t q = first; q < end; q++) {
        const strip at = winograd_strip(w, q);
        const patch p = winograd_windows(w, &at);
        if (q % (w->rows * w->strips) == 0)
            memset(dx + p.image * size, 0, size * sizeof(float));
        memset(w->strip, 0, p.height * p.width * w->cp * sizeof(float));
        for (size_t t = 0; t < at.tiles; t++, from += w->cp)
            for (size_t v = 0; v < w->cp; v += VL) {
                float *to = w->strip + t * TILE * w->cp + v;
                vec m[PLANES], out[PLANES];
                winograd_gather(from + v, w->v_plane, m);
                winograd_both(winograd_input_adjoint, m, WINDOW, out, WINDOW);
                VEC_UNROLL
                for (size_t a = 0; a < WINDOW; a++, to += p.width * w->cp) {
                    VEC_UNROLL
                    for (size_t b = 0; b < WINDOW; b++)
                        vec_store(to + b * w->cp, vec_load(to + b * w->cp) + out[a * WINDOW + b]);
                }
            }
        patch_write(&p, w->strip, dx, true, NULL);
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

/* U, and for backward also U with input channels innermost, which stands behind it; last comes the
 * kernel as (9, c, op) or (9, o, cp), which is read no more. */
static void winograd_prepare(const conv_shape *s, const float *kernel, bool backward,
                             float *prepared)
{
    winograd w;
    winograd_size(&w, s);
    float *transposed = prepared + PLANES * w.u_plane,
          *packed = transposed + (backward ? PLANES * w.t_plane : 0);
    conv_pack(packed, kernel, 9 * s->c, s->o, s->o, 1);
    winograd_take_kernel(prepared, w.u_plane, packed, s->c, w.op);
    if (!backward)
        return;
    for (size_t k = 0; k < 9; k++)
        conv_pack(packed + k * s->o * w.cp, kernel + k * s->c * s->o, s->o, 1, s->c, s->o);
    winograd_take_kernel(transposed, w.t_plane, packed, s->o, w.cp);
}

static void winograd_forward(const conv_shape *s, const conv_io *io)
{
    winograd w;
    winograd_cut(&w, s, io->scratch, false);
    winograd_fill_tables(&w);
    conv_pack_bias(w.bias, io->bias, s->o);
    const size_t strips = io->samples * w.rows * w.strips;
    for (size_t first = 0; first < strips; first += w.block) {
        const size_t end = strips - first < w.block ? strips : first + w.block;
        const size_t count = winograd_take_x(&w, io->x, first, end);
        product p = {.row = w.v_row,
                     .outer = 1,
                     .inner = s->c,
                     .inner_step = 1,
                     .b_row = w.op,
                     .from = w.zeros,
                     .c_row = w.op,
                     .columns = w.op,
                     .floor = -INFINITY};
        for (size_t k = 0; k < PLANES; k++) {
            p.a = w.v + k * w.v_plane;
            p.b = io->prepared + k * w.u_plane;
            p.c = w.m + k * w.m_plane;
            product_run(&p, count);
        }
        winograd_give_y(&w, io, first, end);
    }
}

/* dU += V' dM (or =, when fresh), then V = dM U', plane by plane, while the plane of dM is in the
 * first-level cache.
 */
static void winograd_multiply_back(const winograd *w, const float *transposed, size_t count,
                                   const conv_io *io, bool fresh)
{
    product kernel = {.row = w->one,
                      .outer = 1,
                      .inner = count,
                      .inner_step = w->cp,
                      .b_row = w->op,
                      .from_row = fresh ? 0 : w->op,
                      .c_row = w->op,
                      .columns = w->op,
                      .floor = -INFINITY};
    product input = {.row = w->m_row,
                     .outer = 1,
                     .inner = w->s->o,
                     .inner_step = 1,
                     .b_row = w->cp,
                     .from = w->zeros,
                     .c_row = w->cp,
                     .columns = w->cp,
                     .floor = -INFINITY};
    for (size_t k = 0; k < PLANES; k++) {
        kernel.a = w->v + k * w->v_plane;
        kernel.b = w->m + k * w->m_plane;
        kernel.c = w->du + k * w->u_plane;
        kernel.from = fresh ? w->zeros : kernel.c;
        if (io->dkernel)
            product_run(&kernel, w->s->c);
        input.a = w->m + k * w->m_plane;
        input.b = transposed + k * w->t_plane;
        input.c = w->v + k * w->v_plane;
        if (io->dx)
            product_run(&input, count);
    }
}

static void winograd_backward(const conv_shape *s, const conv_io *io)
{
    winograd w;
    winograd_cut(&w, s, io->scratch, true);
    winograd_fill_tables(&w);
    for (size_t r = 0; r < s->c; r++)
        w.one[r] = r;
    const float *transposed = io->prepared + PLANES * w.u_plane;
    memset(w.bias, 0, w.op * sizeof(float));
    const size_t strips = io->samples * w.rows * w.strips;
    for (size_t first = 0; first < strips; first += w.block) {
        const size_t end = strips - first < w.block ? strips : first + w.block;
        const size_t count = winograd_take_x(&w, io->x, first, end);
        winograd_take_dy(&w, io, first, end);
        winograd_multiply_back(&w, transposed, count, io, first == 0);
        if (io->dx)
            winograd_give_dx(&w, io->dx, first, end);
    }
    if (io->dkernel)
        winograd_give_kernel(&w, io->dkernel);
    for (size_t v = 0; io->dbias && v < s->o; v += VL)
        vec_store_part(io->dbias + v, vec_load_part(io->dbias + v, s->o - v) + vec_load(w.bias + v),
                       s->o - v);
}

#endif
