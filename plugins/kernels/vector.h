/* vector.h - vectors of floats as wide as the instruction set that the file is compiled for.
 *
 * GCC and clang vector types: plain C, and the compiler picks the instructions. A plugin that says
 * `isa: avx2 avx512` in a comment of its own is compiled whole for each set, and the loader picks.
 * Sums of VL lanes are added in one fixed order, so that results repeat to the bit for one set. */
#ifndef CNN_KERNELS_VECTOR_H
#define CNN_KERNELS_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined __AVX512F__
#define VL 16
#elif defined __AVX2__
#define VL 8
#else
#define VL 4
#endif

typedef float vec __attribute__((vector_size(VL * 4)));

/* From and to any float address; memcpy of a fixed size becomes one unaligned move. */
static inline vec vec_load(const float *from)
{
    vec v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline void vec_store(float *to, vec v)
{
    memcpy(to, &v, sizeof v);
}

static inline vec vec_all(float x)
{
    return x - (vec){0}; /* the scalar is spread over all lanes; -0 and NaN stay what they are */
}

#define VEC_INLINE static inline __attribute__((always_inline))
#if defined __clang__
#define VEC_UNROLL _Pragma("clang loop unroll(full)")
#define VEC_UNROLL_64 _Pragma("clang loop unroll(full)")
#else
#define VEC_UNROLL _Pragma("GCC unroll 16")
#define VEC_UNROLL_64 _Pragma("GCC unroll 64")
#endif

typedef int32_t vec_mask __attribute__((vector_size(VL * 4)));

/* Lane by lane: mask ? a : b. */
VEC_INLINE vec vec_select(vec_mask mask, vec a, vec b)
{
    return (vec)((mask & (vec_mask)a) | (~mask & (vec_mask)b));
}

/* v < floor ? floor : v, so NaN stays NaN. */
VEC_INLINE vec vec_floor(vec v, vec floor)
{
    return vec_select(v < floor, floor, v);
}

/* Copies n < VL floats by moves of fixed sizes, which cost less than a call. */
VEC_INLINE void vec_copy_part(float *to, const float *from, size_t n)
{
    VEC_UNROLL
    for (size_t half = VL / 2; half > 0; half /= 2)
        if (n & half) {
            memcpy(to, from, half * sizeof(float));
            to += half;
            from += half;
        }
}

/* The first n floats, zeros beyond; n of VL or more: a whole vector. */
VEC_INLINE vec vec_load_part(const float *from, size_t n)
{
    if (n >= VL)
        return vec_load(from);
    float lanes[VL] = {0};
    vec_copy_part(lanes, from, n);
    return vec_load(lanes);
}

VEC_INLINE void vec_store_part(float *to, vec v, size_t n)
{
    if (n >= VL) {
        vec_store(to, v);
        return;
    }
    float lanes[VL];
    vec_store(lanes, v);
    vec_copy_part(to, lanes, n);
}

/* n rounded up to whole vectors. */
static inline size_t vec_pad(size_t n)
{
    return (n + VL - 1) / VL * VL;
}

/* Before a loop over elements whose result may lie where the input did: no step of it needs what
 * another one writes. Without this the compiler takes equal pointers for a reason not to
 * vectorise. */
#if defined __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* it is not vectorised in builds for sanitizers  \
                                                  */
#define VEC_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define VEC_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* condition ? a : b for condition 0 or 1. By bits: the compiler turns `?:` of floats into a branch
 * where one side is a load or a product, and then the loop is not vectorised. */
static inline float vec_pick(int condition, float a, float b)
{
    const uint32_t mask = -(uint32_t)condition;
    uint32_t i, j;
    memcpy(&i, &a, sizeof i);
    memcpy(&j, &b, sizeof j);
    i = (i & mask) | (j & ~mask);
    memcpy(&a, &i, sizeof a);
    return a;
}

#endif
