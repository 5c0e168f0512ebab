/* abort_gradient.c - aborts, as a failed assertion does. */
/* set: loss=abort_gradient */
/* expect: loss crashed in gradient at step 6: abort */
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

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    if (armed())
        abort();
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (output[c] - target[c]);
}

CNN_LOSS("abort_gradient", "aborts, as a failed assertion does", .value = value,
         .gradient = gradient)
