/* squared_hinge.c - the hinge loss squared: no kink, and far misses cost more.
 *
 *     value = sum max(1 - s_c y_c, 0)^2 / classes,   s_c = 1 for the true class, else -1
 *     d value / d y_c = -2 s_c max(1 - s_c y_c, 0) / classes
 * Keras: SquaredHinge. */
#include <cnnrun/loss.h>

/* max(1 - s y, 0), with the sign s from the one-hot target; NaN comes through. */
static double shortfall(double output, double target)
{
    const double short_by = 1 - (2 * target - 1) * output;
    return short_by <= 0 ? 0 : short_by;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = shortfall(output[c], target[c]);
        sum += short_by * short_by;
    }
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = -2 * (2 * target[c] - 1) * shortfall(output[c], target[c]) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "squared_hinge", "mean over the classes of the squared shortfall from a margin of 1",
    .doc = "sum max(1 - s y, 0)^2 / classes, with s = 1 for the true class and -1 for the others. "
           "Smooth where hinge has a kink. Outputs are taken as they are.\n"
           "Meant for raw scores (last layer linear). Behind a softmax the loss cannot fall below "
           "1 - 1 / classes, 0.9 for ten; there that is perfect.\n"
           "Keras: SquaredHinge. Caffe's HingeLoss with norm L2 is the sum (here ova_hinge). "
           "PyTorch has no such loss.",
    .value = value, .gradient = gradient, .claims = claims)
