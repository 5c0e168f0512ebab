/* loss_weston_watkins.c - sum over the wrong classes of how far each comes within the margin of the
 * true one. */
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
    for (size_t c = 0; c < classes; c++)
        if (c != y && 1 - output[y] + output[c] > 0)
            sum += 1 - output[y] + output[c];
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes);
    double hits = 0;
    for (size_t c = 0; c < classes; c++) {
        gradient[c] = c != y && 1 - output[y] + output[c] > 0 ? 1 : 0;
        hits += gradient[c];
    }
    gradient[y] = -hits;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC |
           CNN_TAKES_LOGITS;
}

CNN_LOSS("loss_weston_watkins",
         "sum over the wrong classes of how far each comes within the margin of the true one",
         .value = value, .gradient = gradient, .claims = claims)
