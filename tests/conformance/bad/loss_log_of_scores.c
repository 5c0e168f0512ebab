/* loss_log_of_scores.c - takes the logarithm of raw scores. */
/* must fail: LOSS-5 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum -= target[c] * log(output[c]);
    return sum;
}

CNN_LOSS("loss_log_of_scores", "takes the logarithm of raw scores", .value = value)
