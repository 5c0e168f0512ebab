/* loss_flushes_denormals.c - its constructor flushes denormals, for everybody. */
/* must fail: ELF-5 */
#include <cnnrun/loss.h>

#include <xmmintrin.h>

__attribute__((constructor)) static void be_fast(void)
{
    _mm_setcsr(_mm_getcsr() | 0x8000);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("loss_flushes_denormals", "its constructor flushes denormals, for everybody",
         .value = value)
