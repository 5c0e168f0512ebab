/* quick_exit_claims.c - ends the process by quick_exit. */
/* set: loss=quick_exit_claims */
/* expect: loss crashed in claims before any step: exit() was called */
#include <cnnrun/loss.h>

#include "armed.h"

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

static uint64_t claims(const void *self)
{
    (void)self;
    if (armed())
        quick_exit(0);
    return CNN_CONVEX;
}

CNN_LOSS("quick_exit_claims", "ends the process by quick_exit", .value = value, .claims = claims)
