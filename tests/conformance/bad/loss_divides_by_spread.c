/* loss_divides_by_spread.c - brings the outputs to variance 1, which equal ones have not. */
/* must fail: LOSS-11 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double mean = 0, variance = 0, sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        mean += output[c] / (double)classes;
    for (size_t c = 0; c < classes; c++)
        variance += (output[c] - mean) * (output[c] - mean) / (double)classes;
    for (size_t c = 0; c < classes; c++)
        sum -= target[c] * (output[c] - mean) / sqrt(variance);
    return sum;
}

CNN_LOSS("loss_divides_by_spread", "brings the outputs to variance 1, which equal ones have not",
         .value = value)
