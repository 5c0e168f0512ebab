/* loss_exports_helper.c - a helper that is not static is seen by the whole process. */
/* must fail: ELF-1 */
/* flags: -fvisibility=default */
#include <cnnrun/loss.h>

double square(double x);

double square(double x)
{
    return x * x;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += square(output[c] - target[c]);
    return sum;
}

CNN_LOSS("loss_exports_helper", "a helper that is not static is seen by the whole process",
         .value = value)
