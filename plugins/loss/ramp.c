/* ramp.c - Weston and Watkins' loss with each wrong class's share held at a ceiling.
 *
 *     value = sum over c != y of min(ceiling, max(0, 1 - z_y + z_c)),   y the true class
 * Collobert, Sinz, Weston and Bottou 2006, "Trading Convexity for Scalability", ICML. Their ramp is
 * that of two classes, R_s(m) = max(0, 1 - m) - max(0, s - m), so ceiling = 1 - s. The subgradient
 * at both kinks is 0. (It is not called limit: that is the host's in every plugin.) */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

typedef struct ramp {
    double ceiling;
} ramp;

static const cnn_param params[] = {
    CNN_PARAM(ramp, ceiling, CNN_REAL, "2", 0, INFINITY, CNN_ABOVE_MIN,
              "the most that one wrong class costs; the paper's s is 1 - ceiling"),
    CNN_PARAM_END,
};

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const ramp *self = data;
    const size_t y = true_class(target, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += c == y ? 0 : clamp(1 - output[y] + output[c], 0, self->ceiling);
    return sum;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const ramp *self = data;
    const size_t y = true_class(target, classes);
    for (size_t c = 0; c < classes; c++) {
        const double short_by = 1 - output[y] + output[c];
        gradient[c] = short_by >= self->ceiling ? 0 : positive_slope(short_by);
    }
    balance(gradient, y, classes);
}

static uint64_t claims(const void *data)
{
    (void)data;
    return CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC;
}

CNN_LOSS(
    "ramp", "weston_watkins with each wrong class's share held at a ceiling: outliers do not pull",
    .doc = "sum over c != y of min(ceiling, max(0, 1 - z_y + z_c)), with z the outputs as they are "
           "and y the true class. From Collobert, Sinz, Weston and Bottou 2006, Trading Convexity "
           "for Scalability (ICML), whose ramp is that of two classes; with two classes this is "
           "the same, and that for more each wrong "
           "class is held by itself is our choice.\n"
           "Not convex: a class that leads the true one by ceiling - 1 or more costs `ceiling` and "
           "has no gradient. That is the purpose where labels are wrong, and a danger at the "
           "start: from far-off scores, as of large initial weights or inputs, samples have no "
           "gradient and nothing may be learned. A larger ceiling leaves fewer such "
           "samples.\n"
           "Meant for raw scores (last layer linear). Behind a softmax no lead exceeds 1, so the "
           "default ceiling is met only where it is certain of a wrong class. Keras, PyTorch and "
           "Caffe have no such loss.",
    .params = params, .self_size = sizeof(ramp), .value = value, .gradient = gradient,
    .claims = claims)
