/* ova_hinge.c - one versus all, summed: Caffe's HingeLoss.
 *
 *     value = sum max(0, 1 - s_c z_c)^p,   s_c = 1 for the true class, else -1;  p = 1 or 2
 * The subgradient at a kink, which there is for p = 1, is 0. */
#include "kernels/margin.h"
#include <cnnrun/loss.h>

enum { L1, L2 };
static const char *const norms[] = {"L1", "L2", NULL};

typedef struct ova_hinge {
    int32_t norm;
} ova_hinge;

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(ova_hinge, norm, "L1", norms,
                     "L1: the sum of the shortfalls; L2: the sum of their squares, without a kink"),
    CNN_PARAM_END,
};

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const ova_hinge *self = data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double short_by = positive(1 - sign_of(target[c]) * output[c]);
        sum += self->norm == L2 ? short_by * short_by : short_by;
    }
    return sum;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const ova_hinge *self = data;
    for (size_t c = 0; c < classes; c++) {
        const double sign = sign_of(target[c]), lack = 1 - sign * output[c];
        gradient[c] = -sign * (self->norm == L2 ? 2 * positive(lack) : positive_slope(lack));
    }
}

static uint64_t claims(const void *data)
{
    const ova_hinge *self = data;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC |
           (self->norm == L2 ? CNN_SMOOTH : 0);
}

CNN_LOSS(
    "ova_hinge", "sum over the classes of how far each is short of a margin of 1",
    .doc = "sum max(0, 1 - s z)^p, with z the outputs as they are, s = 1 for the true class and -1 "
           "for the others, p = 1 for norm L1 and 2 for L2: one versus all, a support vector "
           "machine a class.\n"
           "Meant for raw scores (last layer linear). Behind a softmax outputs never reach -1, so "
           "the loss cannot fall below the number of classes less 1.\n"
           "Caffe: HingeLoss, with the same norms. Keras: Hinge and SquaredHinge (here hinge and "
           "squared_hinge) are the means over the classes, this divided by their number: with "
           "sgd a learning rate fit for them is too large here. PyTorch has no such loss.",
    .params = params, .self_size = sizeof(ova_hinge), .value = value, .gradient = gradient,
    .claims = claims)
