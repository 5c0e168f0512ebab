/* my_squared_error.c - a loss of one function, as a newcomer writes it. */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    double sum = 0;
    (void)self;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum / (double)classes;
}
CNN_LOSS("my_squared_error", "mean over the classes of squared differences", .value = value)
