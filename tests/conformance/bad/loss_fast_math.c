/* loss_fast_math.c - compiled with -ffast-math. */
/* must fail: ABI-1 */
/* flags: -ffast-math */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("loss_fast_math", "compiled with -ffast-math", .value = value)
