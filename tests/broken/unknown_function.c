/* expect: PATH: it cannot be opened: PATH: undefined symbol: no_such_function */
/* flags: -Wl,-z,undefs */
#include <cnnrun/loss.h>

double no_such_function(double x);

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return no_such_function(output[0] - target[0]);
}

CNN_LOSS("unknown_function", "calls a function that nobody has", .value = value)
