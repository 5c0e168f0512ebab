/* loss_climbs.c - the gradient is that of the similarity, not of the distance. */
/* must fail: LOSS-14 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (target[c] - output[c]);
}

CNN_LOSS("loss_climbs", "the gradient is that of the similarity, not of the distance",
         .value = value, .gradient = gradient)
