/* random.h - the counter-based generator that all randomness in cnnrun comes from.
 *
 * Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a number is a
 * function of (seed, stream, index), not of what was drawn before. So element 7 of a tensor is the
 * same whichever thread draws it, and in whatever order. The host hands out streams, and nobody
 * shares one: (seed, tensor's name) for an initializer, (seed, step, layer's name, sample) for a
 * layer, (seed, dataset) for a dataset. All functions here are pure and may be called anywhere. */
#ifndef CNNRUN_RANDOM_H
#define CNNRUN_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One stream; a plain value that may be copied. */
typedef struct cnn_random {
    uint64_t seed;
    uint64_t stream;
} cnn_random;

/* Four independent uniform 32-bit words for block number `index`. */
static inline void cnn_random_block(const cnn_random *random, uint64_t index, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)random->stream, c3 = (uint32_t)(random->stream >> 32);
    uint32_t k0 = (uint32_t)random->seed, k1 = (uint32_t)(random->seed >> 32);
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* The stream that belongs to `label` within `random`: for a plugin that needs several. */
static inline cnn_random cnn_random_split(const cnn_random *random, uint64_t label)
{
    const cnn_random key = {random->seed, random->stream ^ 0x9E3779B97F4A7C15u};
    uint32_t word[4];
    cnn_random_block(&key, label, word);
    const cnn_random child = {random->seed, (uint64_t)word[1] << 32 | word[0]};
    return child;
}

/* Number `index` of the stream, uniform in [0, 1), a multiple of 2^-53. */
static inline double cnn_random_uniform(const cnn_random *random, uint64_t index)
{
    uint32_t word[4];
    cnn_random_block(random, index, word);
    return (double)((uint64_t)word[1] << 21 ^ (uint64_t)word[0] >> 11) * 0x1p-53;
}

/* Integer `index` of the stream, uniform in [0, n), n from 1 to 2^32; by multiplication, so the bias
 * is below n / 2^64. */
static inline uint64_t cnn_random_below(const cnn_random *random, uint64_t index, uint64_t n)
{
    uint32_t word[4];
    cnn_random_block(random, index, word);
    const uint64_t low = (uint64_t)word[0] * n, high = (uint64_t)word[1] * n;
    return (high + (low >> 32)) >> 32;
}

#ifdef __cplusplus
}
#endif
#endif
