/* hinge.c - each class a margin of its own: the true one above 1, the others below -1.
 *
 *     value = sum max(1 - s_c y_c, 0) / classes,   s_c = 1 for the true class, else -1
 * Keras: Hinge, whose 0/1 labels become -1/1 just so. The subgradient at a kink is 0. */
#include <cnnrun/loss.h>

/* 1 - s y, with the sign s from the one-hot target. */
static double shortfall(double output, double target)
{
    return 1 - (2 * target - 1) * output;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = shortfall(output[c], target[c]);
        sum += short_by <= 0 ? 0 : short_by; /* NaN comes through */
    }
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] =
            shortfall(output[c], target[c]) <= 0 ? 0 : -(2 * target[c] - 1) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "hinge", "mean over the classes of how far each is short of a margin of 1",
    .doc =
        "sum max(1 - s y, 0) / classes, with s = 1 for the true class and -1 for the others: one "
        "support vector machine a class. Outputs are taken as they are.\n"
        "Meant for raw scores (last layer linear). Behind a softmax outputs never reach -1, so "
        "each wrong class costs at least 1 and the loss cannot fall below 1 - 1 / classes, 0.9 "
        "for ten; there that is perfect.\n"
        "Keras: Hinge. Caffe's HingeLoss is the sum (here ova_hinge). PyTorch has no such loss: "
        "its MultiMarginLoss (here multi_margin) compares classes with the true one.",
    .value = value, .gradient = gradient, .claims = claims)
