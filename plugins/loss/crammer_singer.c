/* crammer_singer.c - the true class shall lead the best of the others by 1.
 *
 *     value = max(0, 1 + max over c != y of z_c - z_y),   y the true class
 * Crammer and Singer 2001, "On the Algorithmic Implementation of Multiclass Kernel-based Vector
 * Machines", JMLR 2:265-292. Subgradient: 0 at the kink; of equal rivals the first. */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

/* The wrong class with the largest score; the first of equal ones, or one that is NaN. */
static size_t rival(const double *output, size_t y, size_t classes)
{
    size_t best = y == 0 ? 1 : 0;
    for (size_t c = best + 1; c < classes; c++)
        if (c != y && (output[c] > output[best] || isnan(output[c])))
            best = c;
    return best;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    const size_t y = true_class(target, classes);
    return positive(1 - output[y] + output[rival(output, y, classes)]);
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes), r = rival(output, y, classes);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 0;
    gradient[r] = positive_slope(1 - output[y] + output[r]);
    balance(gradient, y, classes);
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "crammer_singer", "how far the true class is short of leading the best wrong one by 1",
    .doc = "max(0, 1 + max over c != y of z_c - z_y), with z the outputs as they are and y the "
           "true class: the multi-class support vector machine of Crammer and Singer 2001 (JMLR "
           "2:265-292). It is never less than the number of mistakes (0 or 1).\n"
           "Meant for raw scores (last layer linear); only two classes of a sample get a gradient. "
           "Behind a softmax it falls to 0 only at certainty.\n"
           "Keras: CategoricalHinge (here categorical_hinge) is the same but that the true class "
           "is a rival too, with score 0: the two agree where a wrong class has a score of 0 or "
           "more. PyTorch: MultiMarginLoss (here multi_margin) sums over all rivals. Caffe has no "
           "such loss.",
    .value = value, .gradient = gradient, .claims = claims)
