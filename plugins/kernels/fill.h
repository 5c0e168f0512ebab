/* fill.h - fills a tensor with one number or with uniform random numbers; for initializers. */
#ifndef CNN_KERNELS_FILL_H
#define CNN_KERNELS_FILL_H

#include <cnnrun/initializer.h>
#include <math.h>

static inline void fill_constant(const cnn_tensor *tensor, double value, float *weights)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)value;
}

/* Uniform in [low, high), element i from number i of the stream. Rounding to float may neither
 * reach high nor fall below low; where no float lies between them, all are the float nearest to
 * low. */
static inline void fill_uniform(const cnn_tensor *tensor, const cnn_random *random, double low,
                                double high, float *weights)
{
    const uint64_t count = cnn_shape_count(&tensor->shape);
    float least = (float)low, most = (float)high;
    if ((double)least < low)
        least = nextafterf(least, INFINITY);
    if ((double)most >= high)
        most = nextafterf(most, -INFINITY);
    if (most < least)
        most = least = (float)low;
    for (uint64_t i = 0; i < count; i++) {
        const float w = (float)(low + (high - low) * cnn_random_uniform(random, i));
        weights[i] = w < least ? least : w > most ? most : w;
    }
}

#endif
