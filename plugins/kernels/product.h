/* product.h - C = from + A B for small dense matrices, the innermost loop of the convolutions.
 *
 * Idea. A block of C, PRODUCT_ROWS rows by PRODUCT_VECS vectors, stays in registers while the depth
 * is run through: each step loads PRODUCT_VECS vectors of B and spreads one number of A for each
 * row. 24 sums in flight for AVX-512's 32 registers, 12 for 16 registers, hide the latency of a
 * multiply-add, and loads stay below half of what the processor can do. Where fewer columns are
 * left, blocks are narrower and twice as high.
 *
 * Layout. B, C and `from` are row-major with rows padded to whole vectors (C may be cut, see
 * `columns`). The rows of A start at offsets from a table, and the depth is two nested steps: so A
 * may be the windows of an image, read in place, or the transpose of a matrix.
 *
 * Order. Each element of C is summed along the depth, one after the other, whatever block it falls
 * into: its bits do not depend on the other rows. */
#ifndef CNN_KERNELS_PRODUCT_H
#define CNN_KERNELS_PRODUCT_H

#include <math.h>

#include "vector.h"

#if VL == 16
#define PRODUCT_VECS 4
#else
#define PRODUCT_VECS 2
#endif
#define PRODUCT_ROWS 6

typedef struct product {
    const float *a; /* element (r, i, j): a[row[r] + i * outer_step + j * inner_step] */
    const size_t *row;
    size_t outer, inner, outer_step, inner_step;
    const float *b; /* outer * inner rows, b_row floats apart */
    size_t b_row;
    const float *from; /* what the sums start from; from_row 0: the same row for all, as a bias */
    size_t from_row;
    float *c;
    size_t c_row;
    size_t columns; /* of C that are written */
    float floor;    /* what is smaller becomes this: 0 for ReLU, -INFINITY for nothing */
} product;

/* One block, R rows from `first` by V vectors from `column`; R and V are constants. */
VEC_INLINE void product_block(const product *p, size_t first, size_t column, const size_t R,
                              const size_t V)
{
    vec sum[2 * PRODUCT_ROWS][PRODUCT_VECS], b_v[PRODUCT_VECS];
    const float *a[2 * PRODUCT_ROWS], *b = p->b + column;
    VEC_UNROLL
    for (size_t r = 0; r < R; r++) {
        a[r] = p->a + p->row[first + r];
        VEC_UNROLL
        for (size_t v = 0; v < V; v++)
            sum[r][v] = vec_load(p->from + (first + r) * p->from_row + column + v * VL);
    }
    const size_t inner = p->inner, inner_step = p->inner_step, b_row = p->b_row;
    for (size_t i = 0; i < p->outer; i++) {
        size_t at = i * p->outer_step;
        for (size_t j = 0; j < inner; j++, at += inner_step, b += b_row) {
            VEC_UNROLL
            for (size_t v = 0; v < V; v++)
                b_v[v] = vec_load(b + v * VL);
            VEC_UNROLL
            for (size_t r = 0; r < R; r++) {
                const vec a_r = vec_all(a[r][at]);
                VEC_UNROLL
                for (size_t v = 0; v < V; v++)
                    sum[r][v] += a_r * b_v[v];
            }
        }
    }
    const vec floor = vec_all(p->floor);
    const size_t left = p->columns - column;
    const bool plain = p->floor == -INFINITY && left >= V * VL;
    VEC_UNROLL
    for (size_t r = 0; r < R; r++) {
        float *c = p->c + (first + r) * p->c_row + column;
        VEC_UNROLL
        for (size_t v = 0; v < V; v++) {
            if (plain)
                vec_store(c + v * VL, sum[r][v]);
            else
                vec_store_part(c + v * VL, vec_floor(sum[r][v], floor), left - v * VL);
        }
    }
}

VEC_INLINE void product_panel(const product *p, size_t rows, size_t column, const size_t V)
{
    size_t r = 0;
    for (; 2 * V <= PRODUCT_VECS && r + 2 * PRODUCT_ROWS <= rows; r += 2 * PRODUCT_ROWS)
        product_block(p, r, column, 2 * PRODUCT_ROWS, V);
    /* One, two or five rows that would be left go with the last full block, by fours and threes. */
    const size_t rest = (rows - r) % PRODUCT_ROWS;
    const size_t full = rest == 0 || rest == 3 || rest == 4 ? rest : rest + PRODUCT_ROWS;
    for (; r + PRODUCT_ROWS + (full - rest) <= rows; r += PRODUCT_ROWS)
        product_block(p, r, column, PRODUCT_ROWS, V);
    for (; r + 4 <= rows; r += 4)
        product_block(p, r, column, 4, V);
    for (; r + 3 <= rows; r += 3)
        product_block(p, r, column, 3, V);
    for (; r < rows; r++)
        product_block(p, r, column, 1, V);
}

/* All of C, of `rows` rows. */
__attribute__((unused)) static void product_run(const product *p, size_t rows)
{
    const size_t end = vec_pad(p->columns);
    size_t column = 0;
    for (; column + PRODUCT_VECS * VL <= end; column += PRODUCT_VECS * VL)
        product_panel(p, rows, column, PRODUCT_VECS);
#if PRODUCT_VECS > 2
    for (; column + 2 * VL <= end; column += 2 * VL)
        product_panel(p, rows, column, 2);
#endif
    for (; column < end; column += VL)
        product_panel(p, rows, column, 1);
}

#endif
