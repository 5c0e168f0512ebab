/* normal.h - fills a tensor with normal random numbers, cut or not; for initializers.
 *
 * By Box and Muller (1958), one block of the generator for each number, so that elements know
 * nothing of each other. Cut numbers are drawn again outside of two standard deviations, as in
 * Keras. */
#ifndef CNN_KERNELS_NORMAL_H
#define CNN_KERNELS_NORMAL_H

#include <cnnrun/initializer.h>
#include <math.h>

#define TWO_PI 6.28318530717958647692
/* Standard deviation of a standard normal variable that is drawn again outside [-2, 2]. */
#define CUT_STDDEV 0.87962566103423978

/* Number `index` of a stream of standard normal numbers; at most 8.6 in size. */
static inline double normal_number(const cnn_random *random, uint64_t index)
{
    uint32_t word[4];
    cnn_random_block(random, index, word);
    const uint64_t a = (uint64_t)word[1] << 32 | word[0], b = (uint64_t)word[3] << 32 | word[2];
    const double u = (double)((a >> 11) + 1) * 0x1p-53; /* in (0, 1] */
    return sqrt(-2 * log(u)) * cos(TWO_PI * ((double)(b >> 11) * 0x1p-53));
}

/* The same within [-2, 2]; attempt k takes block `index` of substream k. */
static inline double cut_normal(const cnn_random *random, uint64_t index)
{
    for (uint64_t attempt = 0;; attempt++) { /* one in 22 is drawn again */
        const cnn_random stream = cnn_random_split(random, attempt);
        const double z = normal_number(&stream, index);
        if (fabs(z) <= 2)
            return z;
    }
}

/* For init(): a float has 24 bits, so numbers that lie very close around a mean would come out as a
 * few, or as one. */
static inline int check_spread(double mean, double stddev, cnn_error *error)
{
    if (stddev > 0 && stddev < 1e-6 * fabs(mean))
        return cnn_fail_at(error, "stddev", 0,
                           "stddev is %g beside a mean of %g; it must be 0 or at least a millionth "
                           "of the mean, since weights are floats",
                           stddev, mean);
    return 0;
}

static inline void fill_normal(const cnn_tensor *tensor, const cnn_random *random, double mean,
                               double stddev, float *weights)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(mean + stddev * normal_number(random, i));
}

/* `stddev` is that before the cut; what is left has CUT_STDDEV times as much. */
static inline void fill_cut_normal(const cnn_tensor *tensor, const cnn_random *random, double mean,
                                   double stddev, float *weights)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(mean + stddev * cut_normal(random, i));
}

#endif
