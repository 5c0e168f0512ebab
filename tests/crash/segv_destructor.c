/* segv_destructor.c - writes to address 0 when it is closed, as it is when the process ends. */
/* flags: -fno-sanitize=undefined */
/* set: loss=segv_destructor */
/* expect: loss crashed in a destructor before any step: segmentation fault */
#include <cnnrun/loss.h>

#include "armed.h"

__attribute__((destructor)) static void finish(void)
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

CNN_LOSS("segv_destructor", "writes to address 0 when it is closed, as it is when the process ends", .value = value)
