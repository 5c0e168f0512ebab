/* hang_constructor.c - does not come back from being opened. */
/* set: loss=hang_constructor */
/* expect: loss was not open after 10 seconds */
#include <unistd.h>

#include <cnnrun/loss.h>

#include "armed.h"

__attribute__((constructor)) static void start(void)
{
    while (armed())
        pause();
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("hang_constructor", "does not come back from being opened", .value = value)
