/* patch.h - rectangles of images, copied between the image and a buffer in the first-level cache.
 *
 * Rows are copied from left to right, the order in which processors fetch ahead. In the buffer,
 * pixels outside the image and channels that fill up the last vector are zeros, so that whoever
 * works there needs to know neither borders nor tails. */
#ifndef CNN_KERNELS_PATCH_H
#define CNN_KERNELS_PATCH_H

#include "pool.h"

/* A rectangle of an image of h x w x c, from (i, j), which may reach beyond it. Its buffer is
 * (height, width, padded), zeros outside the image and in the channels that fill up a vector. */
typedef struct patch {
    size_t h, w, c, padded;
    size_t image; /* its number in the shard */
    ptrdiff_t i, j;
    size_t height, width;
    size_t below; /* rows down to where the next patch begins, for fetching ahead */
} patch;

/* The pixels [begin, end) of row `a` of the patch are in the image, from float `at` on. */
typedef struct patch_row {
    size_t begin, end, at;
} patch_row;

static patch_row patch_row_of(const patch *p, size_t a)
{
    const ptrdiff_t i = p->i + (ptrdiff_t)a, left = (ptrdiff_t)p->w - p->j;
    const size_t begin = p->j < 0 ? (size_t)-p->j : 0;
    const size_t end = left < 0 ? 0 : (size_t)left < p->width ? (size_t)left : p->width;
    if (i < 0 || (size_t)i >= p->h || begin >= end)
        return (patch_row){0, 0, 0};
    const size_t first = (size_t)(p->j + (ptrdiff_t)begin);
    return (patch_row){begin, end, ((p->image * p->h + (size_t)i) * p->w + first) * p->c};
}

/* These two are plain loops, since gcc 12 takes vector types of bytes apart. */
static void patch_mask(float *restrict x, const uint8_t *restrict mask, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = mask[i] ? x[i] : 0;
}

static void patch_note(uint8_t *restrict mask, const float *restrict x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mask[i] = x[i] > 0;
}

/* Fills the buffer from the image; with a mask, with zeros where it is 0. Asks for the patch below
 * while it is at it. */
__attribute__((unused)) static void patch_read(const patch *p, const float *x, const uint8_t *mask,
                                               float *buffer)
{
    const size_t ahead = p->below * p->w * p->c;
    for (size_t a = 0; a < p->height; a++, buffer += p->width * p->padded) {
        const patch_row row = patch_row_of(p, a);
        /* where channels fill vectors, the row is one run */
        const size_t run = p->c == p->padded ? (row.end - row.begin) * p->c : p->c;
        float *to = buffer + row.begin * p->padded, *end = buffer + row.end * p->padded;
        memset(buffer, 0, row.begin * p->padded * sizeof(float));
        memset(end, 0, (p->width - row.end) * p->padded * sizeof(float));
        for (size_t at = row.at; to < end; at += run) {
            float *first = to;
            for (size_t v = 0; v < run; v += VL, to += VL) {
                vec_store(to, vec_load_part(x + at + v, run - v));
                __builtin_prefetch(x + at + v + ahead, 0, 2);
            }
            if (mask)
                patch_mask(first, mask + at, run);
        }
    }
}

/* Writes the buffer into the image, or adds it; with a mask, notes in it where it is > 0. */
__attribute__((unused)) static void patch_write(const patch *p, const float *buffer, float *x,
                                                bool adds, uint8_t *mask)
{
    for (size_t a = 0; a < p->height; a++, buffer += p->width * p->padded) {
        const patch_row row = patch_row_of(p, a);
        const size_t run = p->c == p->padded ? (row.end - row.begin) * p->c : p->c;
        const float *from = buffer + row.begin * p->padded, *end = buffer + row.end * p->padded;
        for (float *to = x + row.at; from < end; to += run) {
            for (size_t v = 0; v < run; v += VL, from += VL) {
                vec value = vec_load(from);
                if (adds)
                    value += vec_load_part(to + v, run - v);
                vec_store_part(to + v, value, run - v);
            }
            if (mask)
                patch_note(mask + (to - x), to, run);
        }
    }
}

/* ---- through windows of 2 x 2: the image is the pooled one, the buffer is not ---- */

/* The same patch, which begins at an even pixel, among windows. What fills none is left out. */
static patch patch_of_windows(const patch *p)
{
    patch half = *p;
    half.h /= 2;
    half.w /= 2;
    half.i /= 2;
    half.j /= 2;
    half.height /= 2;
    half.width /= 2;
    return half;
}

/* Writes the maxima of the buffer's windows into the image, and their places, unless NULL. */
static void patch_pool(const patch *p, const float *buffer, bool relu, float *y, uint8_t *places)
{
    const patch half = patch_of_windows(p);
    const size_t line = p->width * p->padded, step = 2 * p->padded;
    for (size_t a = 0; a < half.height; a++, buffer += 2 * line) {
        const patch_row row = patch_row_of(&half, a);
        size_t at = row.at;
        for (size_t b = row.begin; b < row.end; b++, at += p->c)
            pool_window(buffer + b * step, buffer + line + b * step, p->padded, relu, y + at,
                        places ? places + at : NULL, p->c);
    }
}

/* Fills the buffer with the gradient by its pixels: dy at the places of the maxima, zeros
 * elsewhere. */
static void patch_unpool(const patch *p, const float *dy, const uint8_t *places, float *buffer)
{
    const patch half = patch_of_windows(p);
    const size_t line = p->width * p->padded, step = 2 * p->padded;
    const bool full = p->c == p->padded;
    for (size_t a = 0; a < half.height; a++, buffer += 2 * line) {
        const patch_row row = patch_row_of(&half, a);
        const size_t used = full ? row.end * step : 0;
        size_t at = row.at;
        memset(buffer + used, 0, (line - used) * sizeof(float));
        memset(buffer + line + used, 0, (line - used) * sizeof(float));
        for (size_t b = row.begin; b < row.end; b++, at += p->c)
            pool_spread(dy + at, places + at, buffer + b * step, buffer + line + b * step,
                        p->padded, p->c);
    }
    memset(buffer, 0, p->height % 2 * line * sizeof(float));
}

#endif
