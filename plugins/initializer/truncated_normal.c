/* truncated_normal.c - normal, drawn again where it is more than two standard deviations off. */
#include "kernels/normal.h"

struct truncated_normal {
    double mean, stddev;
};

static const cnn_param params[] = {
    CNN_PARAM(struct truncated_normal, mean, CNN_REAL, "0", -1e38, 1e38, 0,
              "the middle of the distribution"),
    CNN_PARAM(struct truncated_normal, stddev, CNN_REAL, "0.05", 0, 1e37, 0,
              "the standard deviation before the cut; what is left has 0.8796 of it"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct truncated_normal *self = data;
    return check_spread(self->mean, self->stddev, error);
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const struct truncated_normal *self = data;
    fill_cut_normal(tensor, random, self->mean, self->stddev, weights);
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)tensor;
    const struct truncated_normal *self = data;
    *mean = self->stddev > 0 ? self->mean : (double)(float)self->mean;
    *variance = self->stddev * self->stddev * (CUT_STDDEV * CUT_STDDEV);
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.06940431864584799, -0.03903483519267869, 0.0869711234540141,
                 0.03831486960529612, 0.02802531218206228, 0.024640866723656535)}},
    {"{mean: -1, stddev: 0.25}",
     1e-6,
     {1, {4}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", -0.65297840677076, -1.1951741759633934,
                                           -0.5651443827299295, -0.8084256519735193)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("truncated_normal", "normal, drawn again beyond two standard deviations",
                .doc = "w ~ N(mean, stddev^2), drawn again outside mean +- 2 stddev. So no weight "
                       "starts far off. The standard deviation of what "
                       "is left is 0.8796 stddev.\n"
                       "Keras: TruncatedNormal. PyTorch: trunc_normal_, with std 1, whose bounds a "
                       "= -2 and b = 2 are numbers and not standard "
                       "deviations.",
                .params = params, .golden = golden, .self_size = sizeof(struct truncated_normal),
                .init = init, .fill = fill, .moments = moments)
