/* winograd_transform.h - the matrices of Winograd's F(6x6, 3x3) and their adjoints, on vectors.
 *
 * Lavin & Gray 2015, "Fast algorithms for convolutional neural networks", section 4.3: B for the
 * input, G for the kernel, A for the output; interpolation at 0, 1, -1, 2, -2, 1/2, -1/2 and
 * infinity. Each function multiplies by one matrix along one axis; additions shared by two lines
 * are done once. A vector holds VL channels, which never mix. */
#ifndef CNN_KERNELS_WINOGRAD_TRANSFORM_H
#define CNN_KERNELS_WINOGRAD_TRANSFORM_H

#include "product.h"

#define TILE 6    /* outputs a tile has along an axis */
#define WINDOW 8  /* inputs that determine them */
#define PLANES 64 /* WINDOW * WINDOW */

/* Along one axis, of vectors `from_step` and `to_step` apart. */
typedef void transform(const vec *d, size_t from_step, vec *to, size_t to_step);

/* B' d */
VEC_INLINE void winograd_input(const vec *d, size_t s, vec *to, size_t t)
{
    const vec d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s], d6 = d[6 * s];
    const vec a = d2 + d6 - 4.25f * d4, b = d1 + d5 - 4.25f * d3;
    const vec e = d6 + 0.25f * d2 - 1.25f * d4, f = 0.5f * d1 - 2.5f * d3 + 2 * d5;
    const vec g = d6 + 4 * d2 - 5 * d4, h = 2 * d1 - 2.5f * d3 + 0.5f * d5;
    to[0] = d[0] - d6 + 5.25f * (d4 - d2);
    to[t] = a + b;
    to[2 * t] = a - b;
    to[3 * t] = e + f;
    to[4 * t] = e - f;
    to[5 * t] = g + h;
    to[6 * t] = g - h;
    to[7 * t] = d[7 * s] - d1 + 5.25f * (d3 - d5);
}

/* B m, the adjoint of the former */
VEC_INLINE void winograd_input_adjoint(const vec *m, size_t s, vec *to, size_t t)
{
    const vec m0 = m[0], m7 = m[7 * s];
    const vec a = m[s] + m[2 * s], b = m[s] - m[2 * s];
    const vec e = m[3 * s] + m[4 * s], f = m[3 * s] - m[4 * s];
    const vec g = m[5 * s] + m[6 * s], h = m[5 * s] - m[6 * s];
    to[0] = m0;
    to[t] = b + 0.5f * f + 2 * h - m7;
    to[2 * t] = a + 0.25f * e + 4 * g - 5.25f * m0;
    to[3 * t] = 5.25f * m7 - 4.25f * b - 2.5f * (f + h);
    to[4 * t] = 5.25f * m0 - 4.25f * a - 1.25f * e - 5 * g;
    to[5 * t] = b + 2 * f + 0.5f * h - 5.25f * m7;
    to[6 * t] = a + e + g - m0;
    to[7 * t] = m7;
}

/* A' m */
VEC_INLINE void winograd_output(const vec *m, size_t s, vec *to, size_t t)
{
    const vec a = m[s] + m[2 * s], b = m[s] - m[2 * s];
    const vec e = m[3 * s] + m[4 * s], f = m[3 * s] - m[4 * s];
    const vec g = m[5 * s] + m[6 * s], h = m[5 * s] - m[6 * s];
    to[0] = m[0] + a + e + 32 * g;
    to[t] = b + 2 * f + 16 * h;
    to[2 * t] = a + 4 * e + 8 * g;
    to[3 * t] = b + 8 * f + 4 * h;
    to[4 * t] = a + 16 * e + 2 * g;
    to[5 * t] = b + 32 * f + h + m[7 * s];
}

/* A g, the adjoint of the former */
VEC_INLINE void winograd_output_adjoint(const vec *g, size_t s, vec *to, size_t t)
{
    const vec g0 = g[0], g1 = g[s], g2 = g[2 * s], g3 = g[3 * s], g4 = g[4 * s], g5 = g[5 * s];
    const vec a = g0 + g2 + g4, b = g1 + g3 + g5;
    const vec c = g0 + 4 * g2 + 16 * g4, d = 2 * g1 + 8 * g3 + 32 * g5;
    const vec e = 32 * g0 + 8 * g2 + 2 * g4, f = 16 * g1 + 4 * g3 + g5;
    to[0] = g0;
    to[t] = a + b;
    to[2 * t] = a - b;
    to[3 * t] = c + d;
    to[4 * t] = c - d;
    to[5 * t] = e + f;
    to[6 * t] = e - f;
    to[7 * t] = g5;
}

/* G g */
VEC_INLINE void winograd_kernel(const vec *g, size_t s, vec *to, size_t t)
{
    const vec g0 = g[0], g1 = g[s], g2 = g[2 * s];
    const vec a = (g0 + g2) * (-2 / 9.0f), b = g1 * (2 / 9.0f);
    const vec c = g0 * (1 / 90.0f) + g2 * (2 / 45.0f), d = g1 * (1 / 45.0f);
    const vec e = g0 * (1 / 45.0f) + g2 * (1 / 180.0f), f = g1 * (1 / 90.0f);
    to[0] = g0;
    to[t] = a - b;
    to[2 * t] = a + b;
    to[3 * t] = c + d;
    to[4 * t] = c - d;
    to[5 * t] = e + f;
    to[6 * t] = e - f;
    to[7 * t] = g2;
}

/* G' m, the adjoint of the former */
VEC_INLINE void winograd_kernel_adjoint(const vec *m, size_t s, vec *to, size_t t)
{
    const vec a = (m[s] + m[2 * s]) * (2 / 9.0f), b = (m[s] - m[2 * s]) * (2 / 9.0f);
    const vec c = m[3 * s] + m[4 * s], d = m[3 * s] - m[4 * s];
    const vec e = m[5 * s] + m[6 * s], f = m[5 * s] - m[6 * s];
    to[0] = m[0] - a + c * (1 / 90.0f) + e * (1 / 45.0f);
    to[t] = d * (1 / 45.0f) + f * (1 / 90.0f) - b;
    to[2 * t] = c * (2 / 45.0f) + e * (1 / 180.0f) - a + m[7 * s];
}

/* Both axes: n x n vectors become m x m. All arguments but the arrays are constants. */
VEC_INLINE void winograd_both(transform *f, const vec *from, const size_t n, vec *to,
                              const size_t m)
{
    vec half[WINDOW * WINDOW];
    VEC_UNROLL
    for (size_t j = 0; j < n; j++)
        f(from + j, n, half + j, n);
    VEC_UNROLL
    for (size_t i = 0; i < m; i++)
        f(half + i * n, 1, to + i * m, 1);
}

/* n x n vectors, `pixel` floats apart in lines `row` floats apart. */
VEC_INLINE void winograd_load(const float *from, size_t row, size_t pixel, vec *to, const size_t n)
{
    VEC_UNROLL
    for (size_t a = 0; a < n; a++, from += row) {
        VEC_UNROLL
        for (size_t b = 0; b < n; b++)
            to[a * n + b] = vec_load(from + b * pixel);
    }
}

/* One vector to, or from, each plane. */
VEC_INLINE void winograd_scatter(const vec *from, float *to, size_t plane)
{
    VEC_UNROLL_64
    for (size_t k = 0; k < PLANES; k++, to += plane)
        vec_store(to, from[k]);
}

VEC_INLINE void winograd_gather(const float *from, size_t plane, vec *to)
{
    VEC_UNROLL_64
    for (size_t k = 0; k < PLANES; k++, from += plane)
        to[k] = vec_load(from);
}

#endif
