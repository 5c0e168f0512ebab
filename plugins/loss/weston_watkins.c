/* weston_watkins.c - the true class shall lead each of the others by 1.
 *
 *     value = sum over c != y of max(0, 1 + z_c - z_y),   y the true class
 * Weston and Watkins 1999, "Support Vector Machines for Multi-Class Pattern Recognition", ESANN;
 * their margin is 2. The subgradient at a kink is 0. */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    const size_t y = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += c == y ? 0 : positive(1 - output[y] + output[c]);
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    const size_t y = true_class(target, classes);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = positive_slope(1 - output[y] + output[c]);
    balance(gradient, y, classes);
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "weston_watkins", "sum over the wrong classes of how far the true one is short of a lead of 1",
    .doc = "sum over c != y of max(0, 1 + z_c - z_y), with z the outputs as they are and y the "
           "true class: the multi-class support vector machine of Weston and Watkins 1999 (ESANN). "
           "The margin is 1; theirs is 2, which on scores twice as large gives twice this loss.\n"
           "Meant for raw scores (last layer linear). Every rival within the margin counts, so it "
           "starts near the number of classes less 1, and gradients are as large: with sgd lower "
           "the learning rate, or take multi_margin. Behind a softmax it falls to 0 only at "
           "certainty.\n"
           "PyTorch: MultiMarginLoss with its defaults is this divided by the number of classes. "
           "Keras and Caffe have no such loss.",
    .value = value, .gradient = gradient, .claims = claims)
