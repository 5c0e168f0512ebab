/* loss_softmax_unshifted.c - takes exp of raw scores without taking the largest away first. */
/* must fail: LOSS-12 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0, right = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++) {
        sum += exp(output[c]);
        right += target[c] * exp(output[c]);
    }
    return -log(right / sum);
}

CNN_LOSS("loss_softmax_unshifted", "takes exp of raw scores without taking the largest away first",
         .value = value)
