/* expect: PATH: it does not fit this cnnrun: it was compiled with -ffast-math, which changes the arithmetic of the whole process; it was built by COMPILER; rebuild it with: cnnrun build fast_math.c */
/* flags: -ffast-math */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("fast_math", "would flush denormals to zero everywhere", .value = value)
