/* pool.h - the largest of 2 x 2 pixels, channel by channel, and the way back.
 *
 * Beside each maximum stands its place in the window, a byte: 0 to 3 in row-major order, the first
 * where several are equal, and NaN above all numbers. Where ReLU came before, POOL_CLOSED is added
 * to the place of a maximum that it lets no gradient through to. */
#ifndef CNN_KERNELS_POOL_H
#define CNN_KERNELS_POOL_H

#include "vector.h"

#define POOL_CLOSED 4

typedef uint8_t vec_bytes __attribute__((vector_size(VL)));

/* x is taken where it is larger, or the first NaN. */
VEC_INLINE void pool_take(vec *best, vec_mask *place, vec x, int32_t k)
{
    const vec_mask take = ~(vec_mask)(x <= *best) & (vec_mask)(*best == *best);
    *best = vec_select(take, x, *best);
    *place = (k & take) | (*place & ~take);
}

/* A window of all channels: upper and lower row of inputs, two pixels each, `step` floats apart.
 * `places` may be NULL. */
static inline void pool_window(const float *upper, const float *lower, size_t step, bool relu,
                               float *y, uint8_t *places, size_t channels)
{
    for (size_t c = 0; c < channels; c += VL) {
        const size_t left = channels - c;
        vec best = vec_load_part(upper + c, left);
        vec_mask place = {0};
        pool_take(&best, &place, vec_load_part(upper + step + c, left), 1);
        pool_take(&best, &place, vec_load_part(lower + c, left), 2);
        pool_take(&best, &place, vec_load_part(lower + step + c, left), 3);
        vec_store_part(y + c, best, left);
        if (!places)
            continue;
        if (relu)
            place |= ~(vec_mask)(best > 0) & POOL_CLOSED;
        const vec_bytes bytes = __builtin_convertvector(place, vec_bytes);
        memcpy(places + c, &bytes, left < VL ? left : VL);
    }
}

/* The gradient of a window: dy at the place of the maximum, 0 at the other three. A plain loop,
 * since gcc 12 takes a vector of bytes apart to widen it. */
static inline void pool_spread(const float *restrict dy, const uint8_t *restrict places,
                               float *upper, float *lower, size_t step, size_t channels)
{
    float *const dx[4] = {upper, upper + step, lower, lower + step};
    VEC_INDEPENDENT
    for (size_t c = 0; c < channels; c++) {
        const float g = dy[c];
        dx[0][c] = places[c] == 0 ? g : 0;
        dx[1][c] = places[c] == 1 ? g : 0;
        dx[2][c] = places[c] == 2 ? g : 0;
        dx[3][c] = places[c] == 3 ? g : 0;
    }
}

#endif
