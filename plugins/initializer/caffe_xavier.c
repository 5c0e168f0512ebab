/* caffe_xavier.c - Caffe's filler `xavier`: uniform in +-sqrt(3 / n), n being fan_in unless said
 * otherwise. */
#include "kernels/fill.h"

enum { FAN_IN, FAN_OUT, AVERAGE };
static const char *const norms[] = {"fan_in", "fan_out", "average", NULL};

struct caffe_xavier {
    int32_t variance_norm;
};

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(struct caffe_xavier, variance_norm, "fan_in", norms,
                     "n: the inputs of a unit, the units that an input goes to, or their mean; "
                     "average is glorot_uniform"),
    CNN_PARAM_END,
};

static double bound_of(const struct caffe_xavier *self, const cnn_tensor *tensor)
{
    const double in = (double)tensor->fan_in, out = (double)tensor->fan_out;
    return sqrt(3 / (self->variance_norm == FAN_IN    ? in
                     : self->variance_norm == FAN_OUT ? out
                                                      : (in + out) / 2));
}

static int fill(const void *self, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const double bound = bound_of(self, tensor);
    fill_uniform(tensor, random, -bound, bound, weights);
    return 0;
}

static void moments(const void *self, const cnn_tensor *tensor, double *mean, double *variance)
{
    const double bound = bound_of(self, tensor);
    *mean = 0;
    *variance = bound * bound / 3;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.07142220355408167, 0.5028099069228484,
                                           -0.20704355248775555, -0.14227163417855446)}},
    {"{variance_norm: fan_out}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.08747397750634764, 0.6158138547886408,
                                           -0.2535755290640739, -0.17424645430468486)}},
    {"{variance_norm: average}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.07823910398659235, 0.5508006563174342,
                                           -0.22680484816709715, -0.1558507666654345)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER("caffe_xavier", "uniform in +-sqrt(3 / fan_in), as Caffe's filler xavier",
                .doc = "w ~ U[-a, a), a = sqrt(3 / n). Caffe's LeNet starts so. What others call "
                       "Xavier is glorot_uniform, Caffe's variance_norm: average; with the default "
                       "this is lecun_uniform.\n"
                       "Caffe: filler xavier, variance_norm FAN_IN.",
                .params = params, .golden = golden, .self_size = sizeof(struct caffe_xavier),
                .fill = fill, .moments = moments)
