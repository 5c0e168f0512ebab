/* end_constructor.c - ends the process at once while it is being opened, as the dynamic linker does. */
/* set: loss=end_constructor */
/* expect: loss ended the process with status 127 while it was opened */
#include <unistd.h>

#include <cnnrun/loss.h>

#include "armed.h"

__attribute__((constructor)) static void start(void)
{
    if (armed())
        _exit(127);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum;
}

CNN_LOSS("end_constructor", "ends the process at once while it is being opened, as the dynamic linker does", .value = value)
