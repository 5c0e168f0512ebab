/* gemm.h - products of a few rows with a large row-major matrix, blocked for registers and caches.
 *
 * Two kernels. gemm_block: the matrix's columns side by side in vectors, the number of the other
 * factor spread over a vector; for products along the matrix's columns. gemm_dots: dot products
 * with the matrix's rows, for the product with its transpose, which is never formed.
 *
 * Each element of a result is summed alone, over the depth in one order, whatever tile it falls
 * into: neither the number of rows nor that of threads changes a bit. */
#ifndef CNN_KERNELS_GEMM_H
#define CNN_KERNELS_GEMM_H

#include "vector.h"

#if VL == 16
#include <immintrin.h>
#endif

#define GEMM_INLINE static inline __attribute__((always_inline))

/* ---- along the columns ---------------------------------------------------------------------- */

/* A tile of the result, GEMM_ROWS x GEMM_COLS, stays in registers: 16 sums in AVX-512's 32, 12 in
 * AVX2's 16, 8 in SSE's 16, which also need room for products. */
#if VL == 16
#define GEMM_ROWS 8
#elif VL == 8
#define GEMM_ROWS 6
#else
#define GEMM_ROWS 4
#endif
#define GEMM_COLS (2 * VL)
/* The largest depth of one block: a panel of GEMM_COLS columns then stays in the first cache. */
#define GEMM_DEPTH 128

/* tile[r] = sum over k < depth of a[r * a_row + k * a_step] * b[k * b_row + ...]. The block of b
 * that comes next is fetched meanwhile: the processor does not foresee it, since panels are narrow.
 */
GEMM_INLINE void gemm_tile(vec tile[GEMM_ROWS][2], const float *a, size_t a_row, size_t a_step,
                           const float *b, size_t b_row, size_t depth)
{
    vec sum[GEMM_ROWS][2] = {{{0}}};
    for (size_t k = 0; k < depth; k++, a += a_step, b += b_row) {
        const vec b0 = vec_load(b), b1 = vec_load(b + VL);
        __builtin_prefetch(b + GEMM_DEPTH * b_row);
        __builtin_prefetch(b + GEMM_DEPTH * b_row + VL);
        for (size_t r = 0; r < GEMM_ROWS; r++) {
            sum[r][0] += a[r * a_row] * b0;
            sum[r][1] += a[r * a_row] * b1;
        }
    }
    memcpy(tile, sum, sizeof sum);
}

/* The part of a tile that lies in c: added to what is there, or stored. */
GEMM_INLINE void gemm_store(vec tile[GEMM_ROWS][2], float *c, size_t c_row, size_t rows,
                            size_t cols, int add)
{
    for (size_t r = 0; r < rows; r++, c += c_row) {
        float part[GEMM_COLS];
        if (cols == GEMM_COLS) {
            vec_store(c, add ? vec_load(c) + tile[r][0] : tile[r][0]);
            vec_store(c + VL, add ? vec_load(c + VL) + tile[r][1] : tile[r][1]);
            continue;
        }
        memcpy(part, tile[r], sizeof part);
        for (size_t j = 0; j < cols; j++)
            c[j] = add ? c[j] + part[j] : part[j];
    }
}

/* c (rows, cols) = a (rows, depth) * b (depth, cols), or added to c. depth is at most GEMM_DEPTH.
 * a_row and a_step should be constants, so that one register addresses all rows of a, and no powers
 * of two above 64, which would put all rows into the same few cache lines: so callers copy a, a
 * block at a time. It must be readable up to a multiple of GEMM_ROWS rows. */
GEMM_INLINE void gemm_block(const float *a, size_t a_row, size_t a_step, const float *b,
                            size_t b_row, float *c, size_t c_row, size_t rows, size_t cols,
                            size_t depth, int add)
{
    float panel[GEMM_DEPTH * GEMM_COLS]; /* the last columns, filled up with zeros */
    vec tile[GEMM_ROWS][2];
    for (size_t j = 0; j < cols; j += GEMM_COLS) {
        const size_t width = cols - j < GEMM_COLS ? cols - j : GEMM_COLS;
        const float *right = b + j;
        size_t right_row = b_row;
        if (width < GEMM_COLS) {
            memset(panel, 0, depth * GEMM_COLS * sizeof(float));
            for (size_t k = 0; k < depth; k++)
                for (size_t i = 0; i < width; i++)
                    panel[k * GEMM_COLS + i] = right[k * b_row + i];
            right = panel;
            right_row = GEMM_COLS;
        }
        for (size_t r = 0; r < rows; r += GEMM_ROWS) {
            gemm_tile(tile, a + r * a_row, a_row, a_step, right, right_row, depth);
            gemm_store(tile, c + r * c_row + j, c_row, rows - r < GEMM_ROWS ? rows - r : GEMM_ROWS,
                       width, add);
        }
    }
}

/* ---- along the rows ------------------------------------------------------------------------- */

/* The left factor, GEMM_GROUP rows, lies in quads: four numbers of row 0, four of row 1, ..., then
 * the next four of row 0. So a vector holds four numbers of VL / 4 rows, one load of the matrix
 * (four numbers, repeated) serves all rows, and four lanes are added once, at the end. */
#define GEMM_QUAD 4
#define GEMM_GROUP 16
#define GEMM_DOT_VECS (VL == 16 ? 4 : 2)
#define GEMM_DOT_ROWS (GEMM_DOT_VECS * VL / GEMM_QUAD)

typedef float gemm_quad __attribute__((vector_size(GEMM_QUAD * 4)));

/* Four numbers, repeated. An intrinsic for AVX-512, since gcc 12 makes this shuffle go through the
 * stack: gemm_dots then takes seven times as long. */
GEMM_INLINE vec gemm_repeat(const float *from)
{
    gemm_quad q;
    memcpy(&q, from, sizeof q);
#if VL == 16
    return (vec)_mm512_broadcast_f32x4((__m128)q);
#elif VL == 8
    return __builtin_shufflevector(q, q, 0, 1, 2, 3, 0, 1, 2, 3);
#else
    return q;
#endif
}

#if VL == 16
#define GEMM_LANES(A, B, C, D)                                                                     \
    A, B, C, D, A + 4, B + 4, C + 4, D + 4, A + 8, B + 8, C + 8, D + 8, A + 12, B + 12, C + 12,    \
        D + 12
#elif VL == 8
#define GEMM_LANES(A, B, C, D) A, B, C, D, A + 4, B + 4, C + 4, D + 4
#else
#define GEMM_LANES(A, B, C, D) A, B, C, D
#endif
#define GEMM_SHUFFLE(X, Y, A, B, C, D) __builtin_shufflevector(X, Y, GEMM_LANES(A, B, C, D))

/* In each group of four lanes: the sums of the four lanes of a, of b, of c and of d. */
GEMM_INLINE vec gemm_sum_quads(vec a, vec b, vec c, vec d)
{
    const vec ab = GEMM_SHUFFLE(a, b, 0, VL, 1, VL + 1) + GEMM_SHUFFLE(a, b, 2, VL + 2, 3, VL + 3);
    const vec cd = GEMM_SHUFFLE(c, d, 0, VL, 1, VL + 1) + GEMM_SHUFFLE(c, d, 2, VL + 2, 3, VL + 3);
    return GEMM_SHUFFLE(ab, cd, 0, 1, VL, VL + 1) + GEMM_SHUFFLE(ab, cd, 2, 3, VL + 2, VL + 3);
}

/* c[s][0..3] = the dot products of row s of the left factor, `quads`, with four rows of b, for
 * GEMM_DOT_ROWS rows s. depth is a multiple of GEMM_QUAD. Rows to come are fetched meanwhile. */
GEMM_INLINE void gemm_dots(float c[GEMM_DOT_ROWS][GEMM_QUAD], const float *quads, const float *b,
                           size_t b_row, size_t depth)
{
    vec sum[GEMM_QUAD][GEMM_DOT_VECS] = {{{0}}};
    const float *ahead = b + 4 * GEMM_QUAD * b_row;
    for (size_t k = 0; k < depth; k += GEMM_QUAD, quads += GEMM_QUAD * GEMM_GROUP, b += GEMM_QUAD) {
        __builtin_prefetch(ahead + GEMM_QUAD * k);
        for (size_t r = 0; r < GEMM_QUAD; r++)
            for (size_t v = 0; v < GEMM_DOT_VECS; v++)
                sum[r][v] += gemm_repeat(b + r * b_row) * vec_load(quads + v * VL);
    }
    for (size_t v = 0; v < GEMM_DOT_VECS; v++) {
        const vec dots = gemm_sum_quads(sum[0][v], sum[1][v], sum[2][v], sum[3][v]);
        memcpy(c[v * VL / GEMM_QUAD], &dots, sizeof dots);
    }
}

#endif
