/* loss_not_smooth.c - absolute differences claim to have no kinks. */
/* must fail: LOSS-3 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += fabs(output[c] - target[c]);
    return sum;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_SMOOTH;
}

CNN_LOSS("loss_not_smooth", "absolute differences claim to have no kinks", .value = value,
         .claims = claims)
