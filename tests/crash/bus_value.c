/* bus_value.c - reads a mapped file behind its end. */
/* set: loss=bus_value */
/* expect: loss crashed in value at step 6: bus error */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <cnnrun/loss.h>

#include "armed.h"

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    if (armed()) {
        const volatile double *map =
            mmap(NULL, 4096, PROT_READ, MAP_SHARED, memfd_create("empty", 0), 0);
        sum += *map;
    }
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("bus_value", "reads a mapped file behind its end", .value = value)
