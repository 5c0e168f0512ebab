/* categorical_focal_crossentropy.c - Lin et al. 2017, "Focal loss for dense object detection"
 * (arXiv:1708.02002), eq. 5, for several classes: cross entropy that heeds what is nearly right
 * less.
 *
 *     q = p / sum p, or softmax z;   r = q held in [clip, 1 - clip]
 *     value = -sum alpha t (1 - r)^gamma log r
 * With f_c = q_c d value / d r_c = alpha t_c (gamma q (1 - q)^(gamma - 1) log q - (1 - q)^gamma),
 * and f_c = 0 where class c is clipped:
 *     d value / d p_c = (f_c / q_c - sum f) / sum p;   d value / d z_c = f_c - q_c sum f
 * Keras: CategoricalFocalCrossentropy. */
#include "kernels/crossentropy.h"

struct focal {
    struct crossentropy crossentropy; /* first: see there */
    double alpha, gamma;
};

static const cnn_param params[] = {
    CNN_PARAM(
        struct focal, alpha, CNN_REAL, "0.25", 0, INFINITY, 0,
        "factor on the loss; Keras also takes one for each class, which is class_weight here"),
    CNN_PARAM(struct focal, gamma, CNN_REAL, "2", 0, INFINITY, 0,
              "how little samples count that are nearly right; 0: cross entropy, times alpha"),
    CNN_PARAM_BOOL(struct crossentropy, from_logits, "false",
                   "the outputs are raw scores, and the loss takes the softmax; false: they are "
                   "probabilities"),
    CNN_PARAM(struct crossentropy, label_smoothing, CNN_REAL, "0", 0, 1, 0,
              "part of the target that is spread evenly over all classes"),
    CNN_PARAM(struct crossentropy, clip, CNN_REAL, "1e-7", 0, 0.5, CNN_BELOW_MAX,
              "probabilities are held in [clip, 1 - clip], and one outside gives no gradient; "
              "from_logits too"),
    CNN_PARAM_END,
};

/* What makes outputs to probabilities: q = share(output) / whole. */
struct shares {
    double peak, whole;
    int32_t from_logits;
};

static struct shares shares_of(const struct focal *self, const double *output, size_t classes)
{
    const double peak = output[argmax(output, classes)];
    const int32_t logits = self->crossentropy.from_logits;
    return (struct shares){peak, logits ? sum_exp(output, classes, peak) : sum_of(output, classes),
                           logits};
}

static double probability(const struct shares *s, double output)
{
    return (s->from_logits ? exp(output - s->peak) : output) / s->whole;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct focal *self = data;
    const struct shares shares = shares_of(self, output, classes);
    const double clip = self->crossentropy.clip;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double t = crossentropy_target(&self->crossentropy, target[c], classes);
        const double r = clamp(probability(&shares, output[c]), clip, 1 - clip);
        if (t != 0) /* 0 log 0 counts 0 */
            sum -= t * pow(1 - r, self->gamma) * log(r);
    }
    return self->alpha == 0 ? 0 : self->alpha * sum; /* with clip 0, sum may be infinite */
}

/* f_c of the text above. */
static double pull(const struct focal *self, double t, double q)
{
    const double clip = self->crossentropy.clip, gamma = self->gamma;
    if (t == 0 || q < clip || q > 1 - clip)
        return 0;
    const double bend =
        gamma == 0 || q == 0 || q == 1 ? 0 : gamma * q * pow(1 - q, gamma - 1) * log(q);
    return self->alpha * t * (bend - pow(1 - q, gamma));
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct focal *self = data;
    const struct shares shares = shares_of(self, output, classes);
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double t = crossentropy_target(&self->crossentropy, target[c], classes);
        gradient[c] = pull(self, t, probability(&shares, output[c]));
        sum += gradient[c];
    }
    for (size_t c = 0; c < classes; c++) {
        const double q = probability(&shares, output[c]), f = gradient[c];
        gradient[c] =
            shares.from_logits ? f - q * sum : ((f == 0 ? 0 : f / q) - sum) / shares.whole;
    }
}

static uint64_t claims(const void *data)
{
    const struct focal *self = data;
    return CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS |
           (self->crossentropy.from_logits ? CNN_SHIFT_INVARIANT | CNN_TAKES_LOGITS
                                           : CNN_TAKES_PROBABILITIES);
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, 0.25), CNN_VALUES("target", 0, 1, 0),
      CNN_VALUES("value", 0.19494764453248462),
      CNN_VALUES("gradient", 0.27059009635498976, -0.8117702890649693, 0.27059009635498976)}},
    {"{from_logits: true, gamma: 0.5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, -1, 2), CNN_VALUES("target", 0, 1, 0),
      CNN_VALUES("value", 0.7943227602007831),
      CNN_VALUES("gradient", 0.04579084154680506, -0.25101115562870346, 0.20522031408189842)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("categorical_focal_crossentropy", "cross entropy that heeds what is nearly right less",
         .doc = "-sum alpha t (1 - r)^gamma log r, where r is p / sum p, held in [clip, 1 - clip] "
                "(put a softmax last). With gamma 2, a sample whose true class has 0.9 counts a "
                "hundredth of what it does in cross entropy, so that the many easy samples do not "
                "drown the few hard ones.\n"
                "alpha is a factor on all: raise the learning rate by 1 / alpha to compare with "
                "categorical_crossentropy. With from_logits: true the loss takes the softmax, and "
                "clips as well, as Keras does.\n"
                "From Lin et al. 2017, arXiv:1708.02002. Keras: CategoricalFocalCrossentropy. "
                "PyTorch has no such loss; torchvision's sigmoid_focal_loss is of each output by "
                "itself.",
         .params = params, .golden = golden, .self_size = sizeof(struct focal), .value = value,
         .gradient = gradient, .claims = claims)
