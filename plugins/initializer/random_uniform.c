/* random_uniform.c - uniform between two bounds, whatever the tensor's shape. */
#include "kernels/fill.h"

struct random_uniform {
    double minval, maxval;
};

static const cnn_param params[] = {
    CNN_PARAM(struct random_uniform, minval, CNN_REAL, "-0.05", -FLT_MAX, FLT_MAX, 0,
              "the least number drawn. PyTorch's uniform_ has 0"),
    CNN_PARAM(struct random_uniform, maxval, CNN_REAL, "0.05", -FLT_MAX, FLT_MAX, 0,
              "all numbers drawn are below. PyTorch's uniform_ has 1"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct random_uniform *self = data;
    if (self->minval > self->maxval)
        return cnn_fail_at(error, "minval", 0,
                           "minval is %g and maxval is %g; minval must not be above maxval",
                           self->minval, self->maxval);
    return 0;
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const struct random_uniform *self = data;
    fill_uniform(tensor, random, self->minval, self->maxval, weights);
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    (void)tensor;
    const struct random_uniform *self = data;
    const double width = self->maxval - self->minval;
    *mean = self->minval + width / 2;
    *variance = width * width / 12;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{minval: -1, maxval: 3}",
     1e-6,
     {1, {5}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 1.2020124978415083, 2.4221611793316917, 0.4143924001398207,
                 0.5975950508074095, -0.19986814461372182)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "random_uniform", "uniform in [minval, maxval)",
    .doc = "w ~ U[minval, maxval); all of them minval where the two are equal. The spread does "
           "not heed how many inputs a unit has, so one pair of bounds suits one size of "
           "layer: glorot_uniform and he_normal choose it by the shape.\n"
           "Keras: RandomUniform. PyTorch: uniform_, in [0, 1).",
    .params = params, .golden = golden, .self_size = sizeof(struct random_uniform), .init = init,
    .fill = fill, .moments = moments)
