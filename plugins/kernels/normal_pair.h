/* normal_pair.h - normal random numbers, two from two uniform ones (Box and Muller 1958). */
#ifndef CNN_KERNELS_NORMAL_PAIR_H
#define CNN_KERNELS_NORMAL_PAIR_H

#include <cnnrun/random.h>
#include <math.h>

/* Numbers 2 k and 2 k + 1 of a stream: independent, mean 0, variance 1. */
static inline void normal_pair(const cnn_random *random, uint64_t k, double out[2])
{
    const double radius = sqrt(-2 * log(1 - cnn_random_uniform(random, 2 * k)));
    const double angle = 6.283185307179586 * cnn_random_uniform(random, 2 * k + 1);
    out[0] = radius * cos(angle);
    out[1] = radius * sin(angle);
}

#endif
