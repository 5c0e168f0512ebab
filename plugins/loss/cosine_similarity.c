/* cosine_similarity.c - minus the cosine of the angle between output and target; -1 is best.
 *
 *     value = -sum a_c b_c,   a = y / max(|y|, 1e-7),   b = t / max(|t|, 1e-7)
 *     d value / d y_c = (a_c sum a b - b_c) / |y|;   with |y| < 1e-7: -b_c / 1e-7
 * Keras: CosineSimilarity; `cosine_proximity` before 2.3. */
#include <cnnrun/loss.h>
#include <math.h>

#define LEAST_NORM 1e-7 /* keras.backend.epsilon() */

enum { SUM, MEAN };
static const char *const reductions[] = {"sum", "mean", NULL};

struct cosine_similarity {
    int32_t reduction;
};

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(struct cosine_similarity, reduction, "sum", reductions,
                     "over the classes; mean is Keras before 2.0.9 and divides by their number. "
                     "PyTorch's CosineEmbeddingLoss is 1 plus the sum"),
    CNN_PARAM_END,
};

static double norm(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* What a vector of this norm is divided by; NaN comes through. */
static double divisor(double norm)
{
    return norm < LEAST_NORM ? LEAST_NORM : norm;
}

static double cosine(const double *output, const double *target, size_t classes)
{
    const double y = divisor(norm(output, classes)), t = divisor(norm(target, classes));
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += output[c] / y * (target[c] / t);
    return sum;
}

static double scale(const void *data, size_t classes)
{
    const struct cosine_similarity *self = data;
    return self->reduction == MEAN ? 1 / (double)classes : 1;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    return -cosine(output, target, classes) * scale(self, classes);
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const double length = norm(output, classes), y = divisor(length);
    const double t = divisor(norm(target, classes));
    const double along = length < LEAST_NORM ? 0 : cosine(output, target, classes);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = (output[c] / y * along - target[c] / t) / y * scale(self, classes);
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CLASS_SYMMETRIC |
           CNN_TAKES_VECTORS; /* negative, not convex, and with a kink at the least norm */
}

CNN_LOSS(
    "cosine_similarity", "minus the cosine of the angle between output and target; -1 is best",
    .doc = "-sum a b, where a and b are output and target divided by their lengths (at least "
           "1e-7). Between -1, best, and 1; curves are negative. The length of the output does not "
           "matter, only its direction.\n"
           "Keras: CosineSimilarity; cosine_proximity before 2.3, and before 2.0.9 with the mean "
           "over the classes (reduction: mean), ten times smaller with ten classes. PyTorch: "
           "CosineEmbeddingLoss is 1 - cosine.",
    .params = params, .self_size = sizeof(struct cosine_similarity), .value = value,
    .gradient = gradient, .claims = claims)
