/* loss_loops.c - value never returns. */
/* must fail: MEM-1 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    for (volatile int go = 1; go;)
        ;
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
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH;
}

CNN_LOSS("loss_loops", "value never returns", .value = value, .gradient = gradient,
         .claims = claims)
