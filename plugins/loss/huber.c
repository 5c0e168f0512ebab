/* huber.c - Huber 1964, "Robust estimation of a location parameter": squares near the target,
 * straight lines far from it.
 *
 *     e = y_c - t_c;   value = mean of e^2 / 2 if |e| <= delta, else delta |e| - delta^2 / 2
 *     d value / d y_c = e held in [-delta, delta], / classes
 * Keras: Huber. */
#include "kernels/probabilities.h"
#include <cnnrun/loss.h>

struct huber {
    double delta;
};

static const cnn_param params[] = {
    CNN_PARAM(struct huber, delta, CNN_REAL, "1", 0, INFINITY, CNN_ABOVE_MIN,
              "the error from which on the loss is a straight line"),
    CNN_PARAM_END,
};

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct huber *self = data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double e = fabs(output[c] - target[c]);
        sum += e <= self->delta ? e * e / 2 : self->delta * (e - self->delta / 2);
    }
    return sum / (double)classes;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct huber *self = data;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = clamp(output[c] - target[c], -self->delta, self->delta) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{delta: 0.5}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, -1, 2), CNN_VALUES("target", 0, 1, 0, 2),
      CNN_VALUES("value", 0.1875), CNN_VALUES("gradient", 0.125, -0.125, -0.125, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("huber", "squared error near the target, a straight line far from it",
         .doc =
             "Mean over the outputs of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, "
             "with e = y - t; t is one-hot, or the data's vector. Targets that are far off pull "
             "no harder than `delta`, and small errors still settle. With probabilities, whose "
             "errors do not exceed 1, the default delta is mean_squared_error, halved.\n"
             "Keras: Huber. PyTorch: HuberLoss; SmoothL1Loss with beta is this with delta = "
             "beta, divided by beta.",
         .params = params, .golden = golden, .self_size = sizeof(struct huber), .value = value,
         .gradient = gradient, .claims = claims)
