/* smooth_hinge.c - Rennie's hinge with its corner rounded, one versus all.
 *
 *     value = sum h(s_c z_c) / classes,   s_c = 1 for the true class, else -1
 *     h(m) = 1/2 - m if m <= 0,   (1 - m)^2 / 2 if 0 < m < 1,   0 if m >= 1
 * Rennie 2005, "Smooth Hinge Classification". It grows as slowly as hinge far out, where
 * squared_hinge does not, and has no kink. */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

static double smooth(double m)
{
    if (m <= 0)
        return 0.5 - m;
    return positive(1 - m) * positive(1 - m) / 2;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += smooth(sign_of(target[c]) * output[c]);
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++) {
        const double sign = sign_of(target[c]);
        gradient[c] = -sign * clamp(1 - sign * output[c], 0, 1) / (double)classes;
    }
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "smooth_hinge", "mean over the classes of a hinge whose corner is rounded",
    .doc =
        "sum h(s z) / classes, with z the outputs as they are, s = 1 for the true class and -1 "
        "for the others: one versus all, and the mean over the classes. h(m) = 1/2 - m if m <= "
        "0, (1 - m)^2 / 2 if 0 < m < 1, 0 if m >= 1: that of Rennie 2005, Smooth "
        "Hinge Classification, where m is the margin of one of two classes; its use for each class "
        "is our choice.\n"
        "Its slope changes without a jump, as that of squared_hinge, and never exceeds 1, as "
        "that of hinge.\n"
        "Meant for raw scores (last layer linear). Behind a softmax outputs never fall below 0, "
        "so each wrong class costs at least 1/2 and the loss cannot fall below (1 - 1 / "
        "classes) / 2, 0.45 for ten; there that is perfect.\n"
        "Keras, PyTorch and Caffe have no such loss.",
    .value = value, .gradient = gradient, .claims = claims)
