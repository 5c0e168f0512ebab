/* exit_constructor.c - ends the process while it is being opened. */
/* set: loss=exit_constructor */
/* expect: loss crashed in a constructor before any step: exit() was called */
#include <cnnrun/loss.h>

#include "armed.h"

__attribute__((constructor)) static void start(void)
{
    if (armed())
        exit(0);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("exit_constructor", "ends the process while it is being opened", .value = value)
