/* loss_skips_first_class.c - counts classes from 1 and claims that their order does not matter. */
/* must fail: LOSS-7 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 1; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CLASS_SYMMETRIC;
}

CNN_LOSS("loss_skips_first_class",
         "counts classes from 1 and claims that their order does not matter", .value = value,
         .claims = claims)
