/* log_cosh.c - the logarithm of the error's hyperbolic cosine: a smooth way between squares and
 * straight lines.
 *
 *     value = mean of log cosh(y_c - t_c);   d value / d y_c = tanh(y_c - t_c) / classes
 * Keras: LogCosh. */
#include <cnnrun/loss.h>

#define LOG_2 0.69314718055994530942

/* By log1p(cosh x - 1) near 0, where |x| + log(1 + exp(-2 |x|)) - log 2 would cancel. */
static double log_cosh(double x)
{
    const double half = sinh(x / 2);
    return fabs(x) < 1 ? log1p(2 * half * half) : fabs(x) + log1p(exp(-2 * fabs(x))) - LOG_2;
}

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += log_cosh(output[c] - target[c]);
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = tanh(output[c] - target[c]) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, -40, 1), CNN_VALUES("target", 0, 1, 0, 1),
      CNN_VALUES("value", 9.921308355955285),
      CNN_VALUES("gradient", 0.11552928931500245, -0.15878723809682183, -0.25, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("log_cosh", "mean over the outputs of log cosh(output - target)",
         .doc = "sum log cosh(y - t) / outputs; t is one-hot, or the data's vector. About e^2 / 2 "
                "for small errors e and |e| - log 2 for large ones, like huber with delta 1, but "
                "smooth throughout.\n"
                "Keras: LogCosh. PyTorch has no such loss.",
         .golden = golden, .value = value, .gradient = gradient, .claims = claims)
