/* expect: PATH: self_size is 1099511627776; it must be 67108864 or less, init may allocate more */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("huge_self", "asks for a terabyte", .self_size = (uint64_t)1 << 40, .value = value)
