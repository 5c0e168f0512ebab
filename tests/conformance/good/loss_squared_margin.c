/* loss_squared_margin.c - sum over the wrong classes of the squared shortfall of the margin. */
#include <cnnrun/loss.h>

static size_t true_class(const double *target, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (target[c] > target[best])
            best = c;
    return best;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    const size_t y = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = c == y ? 0 : 1 - output[y] + output[c];
        sum += short_by > 0 ? short_by * short_by : 0;
    }
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = c == y ? 0 : 1 - output[y] + output[c];
        gradient[c] = short_by > 0 ? 2 * short_by : 0;
        sum += gradient[c];
    }
    gradient[y] = -sum;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS("loss_squared_margin", "sum over the wrong classes of the squared shortfall of the margin",
         .value = value, .gradient = gradient, .claims = claims)
