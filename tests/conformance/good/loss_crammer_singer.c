/* loss_crammer_singer.c - how far the best wrong class comes within the margin of the true one. */
#include <cnnrun/loss.h>

static size_t true_class(const double *target, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (target[c] > target[best])
            best = c;
    return best;
}

/* The wrong class with the largest output; the first of equal ones. */
static size_t rival(const double *output, size_t y, size_t classes)
{
    size_t best = y == 0 ? 1 : 0;
    for (size_t c = 0; c < classes; c++)
        if (c != y && output[c] > output[best])
            best = c;
    return best;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    const size_t y = true_class(target, classes);
    const double short_by = 1 - output[y] + output[rival(output, y, classes)];
    return short_by <= 0 ? 0 : short_by;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes), r = rival(output, y, classes);
    const double hit = 1 - output[y] + output[r] > 0 ? 1 : 0;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = c == y ? -hit : c == r ? hit : 0;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS("loss_crammer_singer",
         "how far the best wrong class comes within the margin of the true one", .value = value,
         .gradient = gradient, .claims = claims)
