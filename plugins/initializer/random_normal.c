/* random_normal.c - normal with a mean and a standard deviation, whatever the tensor's shape. */
#include "kernels/normal.h"

struct random_normal {
    double mean, stddev;
};

static const cnn_param params[] = {
    CNN_PARAM(struct random_normal, mean, CNN_REAL, "0", -1e38, 1e38, 0,
              "the middle of the distribution"),
    CNN_PARAM(struct random_normal, stddev, CNN_REAL, "0.05", 0, 1e37, 0,
              "its standard deviation. PyTorch's normal_ has 1"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct random_normal *self = data;
    return check_spread(self->mean, self->stddev, error);
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const struct random_normal *self = data;
    fill_normal(tensor, random, self->mean, self->stddev, weights);
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)tensor;
    const struct random_normal *self = data;
    *mean = self->stddev > 0 ? self->mean : (double)(float)self->mean;
    *variance = self->stddev * self->stddev;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.052980354738345274, 0.026287602640345176, -0.07205555002091783,
                 -0.003597038180200924, 0.08711881333216409, -0.0368543763673222)}},
    {"{mean: 2, stddev: 0.5}",
     1e-6,
     {1, {4}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 2.5298035473834526, 2.2628760264034518,
                                           1.2794444997908219, 1.9640296181979908)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("random_normal", "normal, with mean and stddev",
                .doc = "w ~ N(mean, stddev^2). The spread does not heed how many inputs a unit "
                       "has, so one stddev suits one size of layer: "
                       "glorot_normal and he_normal choose it by the shape.\n"
                       "Keras: RandomNormal. PyTorch: normal_, with mean 0 and std 1. Caffe: "
                       "gaussian, with std 1.",
                .params = params, .golden = golden, .self_size = sizeof(struct random_normal),
                .init = init, .fill = fill, .moments = moments)
