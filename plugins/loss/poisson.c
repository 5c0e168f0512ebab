/* poisson.c - minus the log likelihood of counts, less what the output does not change.
 *
 *     value = mean of p - t log(p + 1e-7);   d value / d p_c = (1 - t_c / (p_c + 1e-7)) / n
 * Below p = 0 it goes on along its tangent at 0. With log_input: mean of exp(z) - t z.
 * Keras: Poisson. */
#include <cnnrun/loss.h>

#define EPSILON 1e-7 /* keras.backend.epsilon() */

struct poisson {
    int32_t log_input;
};

static const cnn_param params[] = {
    CNN_PARAM_BOOL(struct poisson, log_input, "false",
                   "the outputs are logarithms of the expected counts; PyTorch's default is true"),
    CNN_PARAM_END,
};

static double value_of(double p, double t)
{
    return p < 0 ? p * (1 - t / EPSILON) - t * log(EPSILON) : p - t * log(p + EPSILON);
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const struct poisson *self = data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += self->log_input ? exp(output[c]) - target[c] * output[c]
                               : value_of(output[c], target[c]);
    return sum / (double)classes;
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const struct poisson *self = data;
    for (size_t c = 0; c < classes; c++) {
        const double p = output[c] < 0 ? 0 : output[c];
        gradient[c] =
            (self->log_input ? exp(output[c]) - target[c] : 1 - target[c] / (p + EPSILON)) /
            (double)classes;
    }
}

static uint64_t claims(const void *data)
{
    const struct poisson *self = data;
    return CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS |
           (self->log_input ? CNN_CONVEX | CNN_SMOOTH : 0);
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 2, -1, 0.25), CNN_VALUES("target", 1, 3, 0, 0),
      CNN_VALUES("value", 0.09092632222003338),
      CNN_VALUES("gradient", -0.24999990000002004, -0.12499998125000095, 0.25, 0.25)}},
    {"{log_input: true}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, -2, 1), CNN_VALUES("target", 1, 0, 4),
      CNN_VALUES("value", 0.0007794607985953661),
      CNN_VALUES("gradient", 0.21624042356670942, 0.045111761078870896, -0.42723939051365156)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("poisson", "minus the log likelihood of counts, as of a Poisson distribution",
         .doc = "Mean over the outputs of p - t log(p + 1e-7), p being the expected count and t "
                "the count. Below p = 0, where Keras gives NaN, it goes on along its tangent at 0, "
                "which is steep where t is not 0. log_input: true takes z = log p, and is the mean "
                "of exp(z) - t z.\n"
                "For targets that are vectors of counts, 0 or more. Put a softplus last, or use "
                "log_input: true behind a linear layer. The value may be negative: the term that "
                "depends on the target alone, log t!, is left out.\n"
                "Keras: Poisson. PyTorch: PoissonNLLLoss with log_input: false, and 1e-8 for 1e-7.",
         .params = params, .golden = golden, .self_size = sizeof(struct poisson), .value = value,
         .gradient = gradient, .claims = claims)
