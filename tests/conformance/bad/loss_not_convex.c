/* loss_not_convex.c - a bounded loss claims to be convex. */
/* must fail: LOSS-2 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    sum = sum / (1 + sum);
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (output[c] - target[c]) / ((1 + sum) * (1 + sum));
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE;
}

CNN_LOSS("loss_not_convex", "a bounded loss claims to be convex", .value = value,
         .gradient = gradient, .claims = claims)
