/* binary_crossentropy.c - cross entropy of each output by itself, as if each were a question of yes
 * or no.
 *
 *     s = t (1 - label_smoothing) + label_smoothing / 2;   r = p held in [clip, 1 - clip]
 *     value = mean of -s log r - (1 - s) log(1 - r);   d value / d p_c = ((1 - s) / (1 - r) - s /
 * r) / n An output that is clipped has no gradient; one exactly at a bound has. From logits, p =
 * sigmoid z: value = mean of max(z, 0) - s z + log(1 + exp(-|z|));   d value / d z_c = (sigmoid z -
 * s) / n */
#include "kernels/probabilities.h"
#include <cnnrun/loss.h>

struct binary_crossentropy {
    double label_smoothing, clip;
    int32_t from_logits;
};

static const cnn_param params[] = {
    CNN_PARAM_BOOL(struct binary_crossentropy, from_logits, "false",
                   "the outputs are raw scores, and the loss takes the sigmoid; false: they are "
                   "probabilities. PyTorch's BCEWithLogitsLoss takes raw scores, BCELoss does not"),
    CNN_PARAM(struct binary_crossentropy, label_smoothing, CNN_REAL, "0", 0, 1, 0,
              "part of each target that is replaced by 1/2"),
    CNN_PARAM(struct binary_crossentropy, clip, CNN_REAL, "1e-7", 1e-15, 0.5, CNN_BELOW_MAX,
              "probabilities are held in [clip, 1 - clip], and one outside gives no gradient; "
              "unused with from_logits. PyTorch does not clip, but holds logarithms above -100"),
    CNN_PARAM_END,
};

static double smoothed(const struct binary_crossentropy *self, double target)
{
    return target * (1 - self->label_smoothing) + self->label_smoothing / 2;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct binary_crossentropy *self = data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double s = smoothed(self, target[c]), z = output[c];
        const double r = clamp(z, self->clip, 1 - self->clip);
        sum += self->from_logits ? (z > 0 ? z : 0) - s * z + log1p(exp(-fabs(z)))
                                 : -s * log(r) - (1 - s) * log(1 - r);
    }
    return sum / (double)classes;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct binary_crossentropy *self = data;
    for (size_t c = 0; c < classes; c++) {
        const double s = smoothed(self, target[c]), p = output[c];
        const int outside = p < self->clip || p > 1 - self->clip;
        gradient[c] = (self->from_logits ? 1 / (1 + exp(-p)) - s
                       : outside         ? 0
                                         : (1 - s) / (1 - p) - s / p) /
                      (double)classes;
    }
}

static uint64_t claims(const void *data)
{
    const struct binary_crossentropy *self = data;
    return CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS |
           (self->from_logits ? CNN_CONVEX | CNN_SMOOTH : 0);
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{from_logits: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, -2, 3), CNN_VALUES("target", 1, 0, 0.25),
      CNN_VALUES("value", 0.9665307822656071),
      CNN_VALUES("gradient", -0.1258468895993818, 0.03973430734070585, 0.23419137560747774)}},
    {"{label_smoothing: 0.25}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.125, 1), CNN_VALUES("target", 1, 0, 0),
      CNN_VALUES("value", 5.057750349788491),
      CNN_VALUES("gradient", -0.49999999999999994, 0.0, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_LOSS(
    "binary_crossentropy", "cross entropy of each output by itself: several may be true",
    .doc = "Mean over the outputs of -t log r - (1 - t) log(1 - r), where r is the probability p "
           "held in [clip, 1 - clip]. With from_logits: p = 1 / (1 + exp(-z)), not clipped, so a "
           "sample that is confidently wrong still teaches.\n"
           "For data whose targets are vectors of numbers in [0, 1], where several may be 1 at "
           "once; put a sigmoid last, or use from_logits: true behind a linear layer. Of a one-hot "
           "target it asks one against the rest for each class. For classes that exclude each "
           "other, categorical_crossentropy behind a softmax is the usual choice.\n"
           "Keras: BinaryCrossentropy. PyTorch: BCELoss; BCEWithLogitsLoss is from_logits: true.",
    .params = params, .golden = golden, .self_size = sizeof(struct binary_crossentropy),
    .value = value, .gradient = gradient, .claims = claims)
