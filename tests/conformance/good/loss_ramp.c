/* loss_ramp.c - the shortfall of each wrong class, held at 2: far outliers no longer pull. */
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
        sum += short_by <= 0 ? 0 : short_by >= 2 ? 2 : short_by;
    }
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes);
    double hits = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = 1 - output[y] + output[c];
        gradient[c] = c != y && short_by > 0 && short_by < 2 ? 1 : 0;
        hits += gradient[c];
    }
    gradient[y] = -hits;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS("loss_ramp", "the shortfall of each wrong class, held at 2: far outliers no longer pull",
         .value = value, .gradient = gradient, .claims = claims)
