/* winograd_transform.h - the matrices of Winograd's F(4x4, 3x3) and their adjoints, on vectors.
 *
 * Lavin & Gray 2015, "Fast algorithms for convolutional neural networks", section 4.3: B for the
 * input, G for the kernel, A for the output; interpolation at 0, 1, -1, 2, -2 and infinity. Each
 * function multiplies by one matrix along one axis; additions shared by two lines are done once. A
 * vector holds VL channels, which never mix. */
#ifndef CNN_KERNELS_WINOGRAD_TRANSFORM_H
#define CNN_KERNELS_WINOGRAD_TRANSFORM_H

#include "product.h"

#define TILE 4    /* outputs a tile has along an axis */
#define WINDOW 6  /* inputs that determine them */
#define PLANES 36 /* WINDOW * WINDOW */

/* Along one axis, of vectors `from_step` and `to_step` apart. */
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
PRODUCT_INLINE void winograd_both(transform *f, const vec *from, const size_t n, vec *to,
                                  const size_t m)
{
    vec half[WINDOW * WINDOW];
    PRODUCT_UNROLL
    for (size_t j = 0; j < n; j++)
        f(from + j, n, half + j, n);
    PRODUCT_UNROLL
    for (size_t i = 0; i < m; i++)
        f(half + i * n, 1, to + i * m, 1);
}

/* n x n vectors, `pixel` floats apart in lines `row` floats apart. */
PRODUCT_INLINE void winograd_load(const float *from, size_t row, size_t pixel, vec *to,
                                  const size_t n)
{
    PRODUCT_UNROLL
    for (size_t a = 0; a < n; a++, from += row) {
        PRODUCT_UNROLL
        for (size_t b = 0; b < n; b++)
            to[a * n + b] = vec_load(from + b * pixel);
    }
}

/* One vector to, or from, each plane. */
PRODUCT_INLINE void winograd_scatter(const vec *from, float *to, size_t plane)
{
    PRODUCT_UNROLL_36
    for (size_t k = 0; k < PLANES; k++, to += plane)
        vec_store(to, from[k]);
}

PRODUCT_INLINE void winograd_gather(const float *from, size_t plane, vec *to)
{
    PRODUCT_UNROLL_36
    for (size_t k = 0; k < PLANES; k++, from += plane)
        to[k] = vec_load(from);
}

#endif
