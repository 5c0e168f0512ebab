/* pair_weighted_crossentropy.c - cross entropy that costs more where chosen classes are confused.
 *
 * The `w_categorical_crossentropy` of keras issue #2115: cross entropy x W[true class, predicted
 * class], the predicted class being the largest output. W is 1 but for the pairs given. */
#include "kernels/crossentropy.h"

struct pair_weighted_crossentropy {
    struct crossentropy crossentropy; /* first: see there */
    cnn_pairs pairs;
    double weight;
    int32_t symmetric;
};

static const cnn_param params[] = {
    CNN_PARAM(
        struct pair_weighted_crossentropy, pairs, CNN_PAIRS, "[[7, 1], [8, 3], [8, 0]]", 0,
        INFINITY, 0,
        "pairs [true class, predicted class] that are weighted; one with a class that the data "
        "does not have is never met"),
    CNN_PARAM(struct pair_weighted_crossentropy, weight, CNN_REAL, "1.3", 0, INFINITY, 0,
              "factor on the loss of a sample that is confused in this way"),
    CNN_PARAM_BOOL(struct pair_weighted_crossentropy, symmetric, "true",
                   "each pair counts in both directions"),
    CROSSENTROPY_PARAMS,
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct pair_weighted_crossentropy *self = data;
    for (uint64_t i = 0; i < self->pairs.count; i++)
        if (self->pairs.items[i][0] == self->pairs.items[i][1])
            return cnn_fail_at(
                error, "pairs", 0, "pairs holds [%lld, %lld]; a pair is two different classes",
                (long long)self->pairs.items[i][0], (long long)self->pairs.items[i][1]);
    return 0;
}

static double weight_of(const struct pair_weighted_crossentropy *self, const double *output,
                        const double *target, size_t classes)
{
    const int64_t truth = (int64_t)argmax(target, classes);
    const int64_t predicted = (int64_t)argmax(output, classes);
    for (uint64_t i = 0; i < self->pairs.count; i++) {
        const int64_t *pair = self->pairs.items[i];
        if ((pair[0] == truth && pair[1] == predicted) ||
            (self->symmetric && pair[1] == truth && pair[0] == predicted))
            return self->weight;
    }
    return 1;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct pair_weighted_crossentropy *self = data;
    const double weight = weight_of(self, output, target, classes);
    /* With clip 0 a value may be infinite; a weight of 0 takes it away. */
    return weight == 0 ? 0
                       : weight * crossentropy_value(&self->crossentropy, output, target, classes);
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct pair_weighted_crossentropy *self = data;
    const double weight = weight_of(self, output, target, classes);
    crossentropy_gradient(&self->crossentropy, output, target, classes, gradient);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = weight == 0 ? 0 : weight * gradient[c];
}

static uint64_t claims(const void *data)
{
    const struct pair_weighted_crossentropy *self = data;
    const uint64_t plain = crossentropy_claims(&self->crossentropy);
    if (self->weight == 1 || self->pairs.count == 0)
        return plain;
    return (plain &
            ~(uint64_t)(CNN_CONVEX | CNN_SMOOTH | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS)) |
           CNN_PIECEWISE;
}

CNN_LOSS(
    "pair_weighted_crossentropy", "cross entropy that costs more where chosen classes are confused",
    .doc = "categorical_crossentropy times W[true class, predicted class]. The predicted class is "
           "the largest output, of equal ones the first; W is `weight` for the pairs given and 1 "
           "elsewhere. For the gradient W is a constant, so the loss jumps where the prediction "
           "changes, and the gradient does not see the jump.\n"
           "Use it when some confusions cost more than others, or to push apart the pairs that a "
           "confusion matrix shows. The parameters from_logits, label_smoothing and clip are "
           "those of categorical_crossentropy.\n"
           "Source: w_categorical_crossentropy of keras issue #2115.",
    .params = params, .self_size = sizeof(struct pair_weighted_crossentropy), .init = init,
    .value = value, .gradient = gradient, .claims = claims)
