/* expect: PATH: name is 'something_else'; it must be 'other_name', as its file's */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    (void)classes;
    return output[0] - target[0];
}

CNN_LOSS("something_else", "is called other than its file", .value = value)
