/* loss_static_buffer.c - keeps its margins in an array that all threads share. */
/* must fail: DET-5 */
#include <cnnrun/loss.h>

static double margins[1000];

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        margins[c] = 1 - (2 * target[c] - 1) * output[c];
    for (size_t c = 0; c < classes; c++)
        sum += fmax(0, margins[c]);
    return sum;
}

CNN_LOSS("loss_static_buffer", "keeps its margins in an array that all threads share",
         .value = value)
