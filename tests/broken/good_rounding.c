/* expect: it loads */
/* Its constructor leaves the process rounding upwards, which the host must undo. */
#include <cnnrun/loss.h>
#include <fenv.h>

__attribute__((constructor)) static void set_rounding(void)
{
    fesetround(FE_UPWARD);
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("good_rounding", "rounds upwards", .value = value)
