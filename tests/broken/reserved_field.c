/* expect: PATH: a reserved field is set; all must be 0 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("reserved_field", "sets what is not its own", .reserved0 = 1, .value = value)
