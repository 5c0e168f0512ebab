/* mean_squared_error.c - mean over the classes, or a vector's numbers, of the squared difference.
 *
 *     value = sum (y_c - t_c)^2 / classes;   d value / d y_c = 2 (y_c - t_c) / classes
 * Keras: MeanSquaredError; Brier score when y are probabilities (there often without the division).
 */
#include <cnnrun/loss.h>

static double value(const void *self, const double *output, const double *target, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (output[c] - target[c]) * (output[c] - target[c]);
    return sum / (double)classes;
}

static void gradient(const void *self, const double *output, const double *target, size_t classes,
                     double *gradient)
{
    (void)self;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 2 * (output[c] - target[c]) / (double)classes;
}

static uint64_t claims(const void *self)
{
    (void)self;
    return CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
}

/* By tests/golden/cases.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-12,
     {0, {0}},
     {CNN_VALUES("output", 0.5, 0.25, -1, 2), CNN_VALUES("target", 0, 1, 0, 0),
      CNN_VALUES("value", 1.453125), CNN_VALUES("gradient", 0.25, -0.375, -0.5, 1)}},
    CNN_GOLDEN_END,
};

CNN_LOSS("mean_squared_error", "mean over the outputs of (output - target) squared",
         .doc =
             "sum (y - t)^2 / outputs; t is one-hot, or the data's vector. Behind a softmax its "
             "gradient fades for samples "
             "that are confidently wrong, so it learns more slowly than cross entropy, and heeds "
             "wrong labels less.\n"
             "Keras: MeanSquaredError. PyTorch: MSELoss, the same mean. Caffe's EuclideanLoss is "
             "half the sum.",
         .golden = golden, .value = value, .gradient = gradient, .claims = claims)
