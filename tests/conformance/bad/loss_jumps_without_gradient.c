/* loss_jumps_without_gradient.c - counts errors, and leaves the gradient to differences. */
/* must fail: LOSS-4 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    size_t best = 0;
    (void)self;
    for (size_t c = 1; c < classes; c++)
        if (output[c] > output[best])
            best = c;
    return 1 - target[best];
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_NON_NEGATIVE | CNN_PIECEWISE;
}

CNN_LOSS("loss_jumps_without_gradient", "counts errors, and leaves the gradient to differences",
         .value = value, .claims = claims)
