/* crossentropy.h - Keras's categorical cross entropy and its gradient, shared by the losses built
 * on it.
 *
 * From probabilities (keras.ops.categorical_crossentropy, as its NumPy and PyTorch backends do it):
 *     q = p / sum p;  r = q held in [clip, 1 - clip];  value = -sum t log r
 * A class that is clipped adds nothing to the gradient; where q is exactly at a bound it still
 * does. With m_c = t_c where class c is not clipped, else 0: d value / d p_c = (sum m - m_c / q_c)
 * / sum p From logits: value = sum t (log sum exp(z) - z_c);  d value / d z_c = softmax(z)_c - t_c
 * The target t is one-hot or a vector of probabilities, or smoothed: t (1 - s) + s / classes. It
 * sums to 1. */
#ifndef CNN_KERNELS_CROSSENTROPY_H
#define CNN_KERNELS_CROSSENTROPY_H

#include <cnnrun/loss.h>
#include <stdbool.h>

#include "probabilities.h"

/* Stands first in a loss's own struct, so that the parameters below are in their places there. */
struct crossentropy {
    double label_smoothing, clip;
    int32_t from_logits;
};

#define CROSSENTROPY_PARAMS                                                                        \
    CNN_PARAM_BOOL(struct crossentropy, from_logits, "false",                                      \
                   "the outputs are raw scores, and the loss takes the softmax; false: they are "  \
                   "probabilities. PyTorch's CrossEntropyLoss always takes raw scores"),           \
        CNN_PARAM(struct crossentropy, label_smoothing, CNN_REAL, "0", 0, 1, 0,                    \
                  "part of the target that is spread evenly over all classes"),                    \
        CNN_PARAM(                                                                                 \
            struct crossentropy, clip, CNN_REAL, "1e-7", 0, 0.5, CNN_BELOW_MAX,                    \
            "probabilities are held in [clip, 1 - clip], and one outside gives no gradient; "      \
            "unused with from_logits. PyTorch does not clip")

static inline double crossentropy_target(const struct crossentropy *self, double target,
                                         size_t classes)
{
    return target * (1 - self->label_smoothing) + self->label_smoothing / (double)classes;
}

static inline double crossentropy_value(const struct crossentropy *self, const double *output,
                                        const double *target, size_t classes)
{
    const double peak = output[argmax(output, classes)];
    const double log_rest = self->from_logits ? log(sum_exp(output, classes, peak)) : 0;
    const double sum = self->from_logits ? 1 : sum_of(output, classes);
    double value = 0;
    for (size_t c = 0; c < classes; c++) {
        const double t = crossentropy_target(self, target[c], classes);
        if (t == 0) /* 0 log 0 counts 0 */
            continue;
        if (self->from_logits)
            value += t * (peak - output[c] + log_rest);
        else
            value -= t * log(clamp(output[c] / sum, self->clip, 1 - self->clip));
    }
    return value;
}

static inline void crossentropy_gradient(const struct crossentropy *self, const double *output,
                                         const double *target, size_t classes, double *gradient)
{
    if (self->from_logits) {
        const double peak = output[argmax(output, classes)];
        const double rest = sum_exp(output, classes, peak);
        for (size_t c = 0; c < classes; c++)
            gradient[c] =
                exp(output[c] - peak) / rest - crossentropy_target(self, target[c], classes);
        return;
    }
    const double sum = sum_of(output, classes);
    double kept = 0; /* sum of m */
    for (size_t c = 0; c < classes; c++) {
        const double t = crossentropy_target(self, target[c], classes), q = output[c] / sum;
        const bool still = t == 0 || q < self->clip || q > 1 - self->clip;
        kept += still ? 0 : t;
        gradient[c] = still ? 0 : t / q;
    }
    for (size_t c = 0; c < classes; c++)
        gradient[c] = (kept - gradient[c]) / sum;
}

static inline uint64_t crossentropy_claims(const struct crossentropy *self)
{
    /* -log of a normalised probability is not convex in it, and the clip has a kink. */
    return self->from_logits ? CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_SHIFT_INVARIANT |
                                   CNN_CLASS_SYMMETRIC | CNN_TAKES_LOGITS | CNN_TAKES_VECTORS
                             : CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_PROBABILITIES |
                                   CNN_TAKES_VECTORS;
}

#endif
