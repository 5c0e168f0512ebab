/* categorical_generalized_cross_entropy.c - Zhang and Sabuncu 2018, "Generalized cross entropy loss
 * for training deep neural networks with noisy labels" (arXiv:1805.07836), eq. 6.
 *
 *     p = sum t y, not below clip;   value = (1 - p^q) / q;   d value / d y_c = -t_c p^(q - 1)
 * Keras: CategoricalGeneralizedCrossEntropy, which does not clip. */
#include <cnnrun/loss.h>

struct generalized {
    double q, clip;
};

static const cnn_param params[] = {
    CNN_PARAM(struct generalized, q, CNN_REAL, "0.5", 0, 1, CNN_ABOVE_MIN,
              "near 0: cross entropy; 1: 1 - p, which heeds wrong labels least and learns slowest"),
    CNN_PARAM(struct generalized, clip, CNN_REAL, "1e-7", 0, 0.5, CNN_ABOVE_MIN | CNN_BELOW_MAX,
              "a true class's probability below it counts as this much, and gives no gradient. "
              "Keras does not clip, and its gradient at 0 is infinite"),
    CNN_PARAM_END,
};

static double true_part(const double *output, const double *target, size_t classes)
{
    double p = 0;
    for (size_t c = 0; c < classes; c++)
        p += target[c] * output[c];
    return p;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct generalized *self = data;
    const double p = true_part(output, target, classes);
    /* 1 - p^q without the loss of digits that a small q would bring */
    return -expm1(self->q * log(p < self->clip ? self->clip : p)) / self->q;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct generalized *self = data;
    const double p = true_part(output, target, classes);
    const double slope = p < self->clip ? 0 : -pow(p, self->q - 1);
    for (size_t c = 0; c < classes; c++)
        gradient[c] = slope * target[c];
}

/* Not convex: a flat piece below the clip, then a slope. */
static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_PROBABILITIES | CNN_TAKES_VECTORS;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, 0.25), CNN_VALUES("target", 0, 1, 0),
      CNN_VALUES("value", 1.0), CNN_VALUES("gradient", -0.0, -2.0, -0.0)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("categorical_generalized_cross_entropy",
         "between cross entropy and mean absolute error: for data with wrong labels",
         .doc = "(1 - p^q) / q, p being the probability of the true class (put a softmax last), "
                "but at least `clip`. It is at most 1 / q. Where labels are wrong, a network that "
                "has learned the right class pays less for it than with cross entropy, and is "
                "pulled away less. For targets that are vectors of probabilities t, p is sum t y.\n"
                "From Zhang and Sabuncu 2018, arXiv:1805.07836. Keras: "
                "CategoricalGeneralizedCrossEntropy. PyTorch has no such loss.",
         .params = params, .golden = golden, .self_size = sizeof(struct generalized),
         .value = value, .gradient = gradient, .claims = claims)
