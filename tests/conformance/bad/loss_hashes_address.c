/* loss_hashes_address.c - the value hangs on where the file lies in memory. */
/* must fail: DET-2 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = (double)((uintptr_t)value >> 12 & 0xFFFFF);
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("loss_hashes_address", "the value hangs on where the file lies in memory", .value = value)
