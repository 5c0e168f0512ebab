/* loss_shift.c - squared error claims that a shift changes nothing. */
/* must fail: LOSS-8 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (output[c] - target[c]);
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_SHIFT_INVARIANT;
}

CNN_LOSS("loss_shift", "squared error claims that a shift changes nothing", .value = value,
         .gradient = gradient, .claims = claims)
