/* variance_scaling.c - the variance scale / n, n being counted from the tensor's shape: what He's,
 * Glorot's and LeCun's initializers are cases of. */
#include "kernels/fill.h"
#include "kernels/normal.h"

enum { FAN_IN, FAN_OUT, FAN_AVG };
static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", NULL};
enum { TRUNCATED, UNTRUNCATED, UNIFORM };
static const char *const distributions[] = {"truncated_normal", "untruncated_normal", "uniform",
                                            NULL};

struct variance_scaling {
    double scale;
    int32_t mode, distribution;
};

static const cnn_param params[] = {
    CNN_PARAM(struct variance_scaling, scale, CNN_REAL, "1", 0, 1e70, CNN_ABOVE_MIN,
              "the variance times n; 2 is usual before relu"),
    CNN_PARAM_CHOICE(struct variance_scaling, mode, "fan_in", modes,
                     "n: the inputs of a unit, the units that an input goes to, or their mean"),
    CNN_PARAM_CHOICE(struct variance_scaling, distribution, "truncated_normal", distributions,
                     "truncated_normal is drawn again beyond two standard deviations, and widened "
                     "so that the variance is right after that"),
    CNN_PARAM_END,
};

static double variance_of(const struct variance_scaling *self, const cnn_tensor *tensor)
{
    const double in = (double)tensor->fan_in, out = (double)tensor->fan_out;
    const double n = self->mode == FAN_IN ? in : self->mode == FAN_OUT ? out : (in + out) / 2;
    return self->scale / n;
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const struct variance_scaling *self = data;
    const double stddev = sqrt(variance_of(self, tensor)), bound = sqrt(3.0) * stddev;
    if (self->distribution == UNIFORM)
        fill_uniform(tensor, random, -bound, bound, weights);
    else if (self->distribution == UNTRUNCATED)
        fill_normal(tensor, random, 0, stddev, weights);
    else
        fill_cut_normal(tensor, random, 0, stddev / CUT_STDDEV, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    *mean = 0;
    *variance = variance_of(self, tensor);
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.6442330116804933, -0.36233378451494264, 0.8072936941852304,
                 0.35565083440873146, 0.2601398821082743, 0.22872438040638507)}},
    {"{scale: 3, mode: fan_out, distribution: uniform}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.15150937338113124, 1.0666208844987688,
                                           -0.43920569989513447, -0.3018037118944429)}},
    {"{scale: 2, mode: fan_avg, distribution: untruncated_normal}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.6701543688674608, 0.3325147942757874,
                                           -0.9114386244891746, -0.04549933392008841)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "variance_scaling", "of the variance scale / n, n counted from the shape",
    .doc = "Normal or uniform numbers around 0 of the variance scale / n, where n is the number of "
           "inputs of a unit (fan_in), of units that an input goes to (fan_out), or the mean of "
           "both (fan_avg). glorot_uniform is {mode: fan_avg, distribution: uniform}, he_normal is "
           "{scale: 2}, lecun_normal is the default.\n"
           "Keras: VarianceScaling. PyTorch: kaiming_normal_ and kaiming_uniform_ have mode "
           "fan_in and fan_out, their scale is gain^2, and they do not cut.",
    .params = params, .golden = golden, .self_size = sizeof(struct variance_scaling), .fill = fill,
    .moments = moments)
