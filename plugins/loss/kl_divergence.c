/* kl_divergence.c - Kullback and Leibler 1951: how far the output's probabilities are from the
 * target's.
 *
 *     value = sum u log(u / r), where u and r are t and p, held in [1e-7, 1]
 *     d value / d p_c = -u_c / p_c;   0 where p_c is outside [1e-7, 1]
 * Keras: KLDivergence. */
#include "kernels/probabilities.h"
#include <cnnrun/loss.h>

#define LEAST 1e-7 /* keras.backend.epsilon() */

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double t = clamp(target[c], LEAST, 1);
        sum += t * log(t / clamp(output[c], LEAST, 1));
    }
    return sum;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++) {
        const int outside = output[c] < LEAST || output[c] > 1;
        gradient[c] = outside ? 0 : -clamp(target[c], LEAST, 1) / output[c];
    }
}

/* Held in the interval, the numbers no longer sum to 1, so it may fall below 0 by 1e-7 a class. */
static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CLASS_SYMMETRIC | CNN_TAKES_PROBABILITIES | CNN_TAKES_VECTORS;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, 0.25, 0), CNN_VALUES("target", 0.25, 0.75, 0, 0),
      CNN_VALUES("value", 0.6506709481809669), CNN_VALUES("gradient", -0.5, -3.0, -4e-07, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("kl_divergence", "how far the output's probabilities are from the target's",
         .doc = "sum u log(u / r); u and r are the target t and the output p, each held in "
                "[1e-7, 1]. An output below 1e-7 has no gradient.\n"
                "For targets that are vectors of probabilities, such as the outputs of another "
                "network. Its gradient is that of cross entropy, but 0 is best whatever the target "
                "is. Of classes, it is cross entropy but for the clip.\n"
                "Keras: KLDivergence. PyTorch: KLDivLoss takes log p, does not clip, and its "
                "reduction 'mean' divides by the number of outputs too; this is 'batchmean'.",
         .golden = golden, .value = value, .gradient = gradient, .claims = claims)
