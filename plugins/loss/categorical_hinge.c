/* categorical_hinge.c - the true class shall lead the best of the others by 1.
 *
 *     value = max(n - y_true + 1, 0),   n = max over c of (1 - t_c) y_c
 * Keras: CategoricalHinge. The true class enters n with 0, so n is never negative. Subgradient: 0
 * where the value is 0; the class in n is the first of equal ones, and none if no other class is
 * above 0. */
#include <cnnrun/loss.h>

/* n, and the class that gives it; `classes` where that is the true class's 0. */
static double rival(const double *output, const double *target, size_t classes, size_t *who)
{
    double best = 0;
    *who = classes;
    for (size_t c = 0; c < classes; c++) {
        if ((1 - target[c]) * output[c] > best) {
            best = (1 - target[c]) * output[c];
            *who = c;
        }
    }
    return best;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    size_t who;
    double lead = -1;
    for (size_t c = 0; c < classes; c++)
        lead += target[c] * output[c]; /* 0 times NaN: it comes through, from whichever class */
    const double short_by = rival(output, target, classes, &who) - lead;
    return short_by <= 0 ? 0 : short_by;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    size_t who;
    (void)rival(output, target, classes, &who);
    const double active = value(self, output, target, classes) <= 0 ? 0 : 1;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = active * ((c == who) - target[c]);
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "categorical_hinge", "how far the true class is short of leading the best other one by 1",
    .doc = "max(max over c of (1 - t) y - sum t y + 1, 0): the margin of a multi-class support "
           "vector machine (here crammer_singer), but that the true class counts as a rival with "
           "score 0. Outputs are taken as they are.\n"
           "Meant for raw scores (last layer linear); only two classes of a sample get a gradient, "
           "so it learns more slowly than cross entropy. Behind a softmax it falls to 0 only at "
           "certainty.\n"
           "Keras: CategoricalHinge. PyTorch: MultiMarginLoss (here multi_margin) sums over all "
           "rivals and divides by the number of classes.",
    .value = value, .gradient = gradient, .claims = claims)
