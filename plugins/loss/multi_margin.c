/* multi_margin.c - PyTorch's margin between the true class and each of the others.
 *
 *     value = sum over c != y of max(0, margin - z_y + z_c)^p / classes,   y the true class
 * The subgradient at a kink, which there is for p = 1, is 0. */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

typedef struct multi_margin {
    double margin;
    int64_t p; /* 1 or 2 */
} multi_margin;

static const cnn_param params[] = {
    CNN_PARAM(multi_margin, margin, CNN_REAL, "1", 0, INFINITY, 0,
              "by how much the true class shall lead each other one; PyTorch takes a negative one "
              "too"),
    CNN_PARAM(multi_margin, p, CNN_INTEGER, "1", 1, 2, 0,
              "the power of each shortfall: 1, or 2, which has no kink"),
    CNN_PARAM_END,
};

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const multi_margin *self = data;
    const size_t y = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = c == y ? 0 : positive(self->margin - output[y] + output[c]);
        sum += self->p == 2 ? short_by * short_by : short_by;
    }
    return sum / (double)classes;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const multi_margin *self = data;
    const size_t y = true_class(target, classes);
    for (size_t c = 0; c < classes; c++) {
        const double lead = self->margin - output[y] + output[c];
        gradient[c] = (self->p == 2 ? 2 * positive(lead) : positive_slope(lead)) / (double)classes;
    }
    balance(gradient, y, classes);
}

static uint64_t claims(const void *data)
{
    const multi_margin *self = data;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC |
           (self->p == 2 ? CNN_SMOOTH : 0);
}

CNN_LOSS(
    "multi_margin", "mean over the classes of how far each wrong one comes within the margin",
    .doc = "sum over c != y of max(0, margin - z_y + z_c)^p / classes, with z the outputs as they "
           "are and y the true class. The sum is over the wrong classes, the division by all.\n"
           "Meant for raw scores (last layer linear). Behind a softmax it falls to 0 only at "
           "certainty, if margin is 1. With margin 0, equal scores cost nothing and teach "
           "nothing.\n"
           "PyTorch: MultiMarginLoss, but for its `weight`, one number a class. With p 1 and "
           "margin 1 it is weston_watkins divided by the number of classes. Keras and Caffe have "
           "no such loss.",
    .params = params, .self_size = sizeof(multi_margin), .value = value, .gradient = gradient,
    .claims = claims)
