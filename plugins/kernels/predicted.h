/* predicted.h - the class that an output stands for; for metrics. */
#ifndef CNN_KERNELS_PREDICTED_H
#define CNN_KERNELS_PREDICTED_H

#include <math.h>
#include <stdint.h>

/* The first of the largest; `classes`, which is none of them, where one is NaN. */
static inline uint64_t predicted(const float *output, uint64_t classes)
{
    uint64_t best = 0;
    for (uint64_t c = 0; c < classes; c++) {
        if (isnan(output[c]))
            return classes;
        if (output[c] > output[best])
            best = c;
    }
    return best;
}

#endif
