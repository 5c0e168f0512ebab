/* old_loss.c - a loss of ABI 2.0: value, gradient, claims, init, parameters, a golden case. */
#include <cnnrun/loss.h>

typedef struct old_loss {
    double weight;
    int64_t power;
    int32_t mean, style;
    cnn_pairs pairs;
    double derived;
} old_loss;

static const char *const styles[] = {"even", "odd", NULL};
static const cnn_param params[] = {
    CNN_PARAM(old_loss, weight, CNN_REAL, "0.5", 0, 10, CNN_ABOVE_MIN, "factor of it all"),
    CNN_PARAM(old_loss, power, CNN_INTEGER, "2", 1, 4, 0, "of each difference"),
    CNN_PARAM_BOOL(old_loss, mean, "true", "divide by the classes"),
    CNN_PARAM_CHOICE(old_loss, style, "even", styles, "even or odd"),
    CNN_PARAM(old_loss, pairs, CNN_PAIRS, "[]", 0, 9, 0, "classes that are confused"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    old_loss *self = data;
    if (self->style != 0)
        return cnn_fail(error, "style is odd; it must be even");
    self->derived = self->weight * (double)(1 + self->pairs.count);
    return 0;
}

static double value(const void *data, const double *output, const double *target, size_t classes)
{
    const old_loss *self = data;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += pow(fabs(output[c] - target[c]), (double)self->power);
    return self->derived * sum / (self->mean ? (double)classes : 1);
}

static void gradient(const void *data, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    const old_loss *self = data;
    const double scale = self->derived * (double)self->power / (self->mean ? (double)classes : 1);
    for (size_t c = 0; c < classes; c++) {
        const double d = output[c] - target[c];
        gradient[c] = scale * copysign(pow(fabs(d), (double)self->power - 1), d);
    }
}

static uint64_t claims(const void *data)
{
    (void)data;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC;
}

static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, -1, 2), CNN_VALUES("target", 0, 1, 0, 0),
      CNN_VALUES("value", 0.7265625), CNN_VALUES("gradient", 0.125, -0.1875, -0.25, 0.5)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("old_loss", "differences to a power", .doc = "As it was.", .params = params,
         .self_size = sizeof(old_loss), .init = init, .value = value, .gradient = gradient,
         .claims = claims, .golden = golden)
