/* mean_absolute_error.c - mean over the classes, or a vector's numbers, of the difference's size.
 *
 *     value = sum |y_c - t_c| / classes;   d value / d y_c = sign(y_c - t_c) / classes, sign 0 = 0
 * Keras: MeanAbsoluteError. */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += fabs(output[c] - target[c]);
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = isnan(output[c])
                          ? output[c]
                          : ((output[c] > target[c]) - (output[c] < target[c])) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
}

/* By `tests/golden/losses.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0, -1, 2), CNN_VALUES("target", 0, 0, 1, 0),
      CNN_VALUES("value", 1.125), CNN_VALUES("gradient", 0.25, 0.0, -0.25, 0.25)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("mean_absolute_error", "mean over the outputs of |output - target|",
         .doc =
             "sum |y - t| / outputs; t is one-hot, or the data's vector. The gradient has the same "
             "size however far off an output is, and is 0 where it is right. So single targets "
             "that are far off pull less than with mean_squared_error, but small errors do not "
             "settle without a falling learning rate; huber is the way between.\n"
             "Keras: MeanAbsoluteError. PyTorch: L1Loss.",
         .golden = golden, .value = value, .gradient = gradient, .claims = claims)
