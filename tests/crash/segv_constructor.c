/* segv_constructor.c - writes to address 0 while it is being opened. */
/* flags: -fno-sanitize=undefined */
/* set: loss=segv_constructor */
/* expect: loss crashed in a constructor before any step: segmentation fault */
#include <cnnrun/loss.h>

#include "armed.h"

__attribute__((constructor)) static void start(void)
{
    if (armed())
        *nowhere() = 1;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("segv_constructor", "writes to address 0 while it is being opened", .value = value)
