/* random_scale.c - each tensor draws its own scale first, then its elements uniformly within it.
 *
 *     s = min_scale (max_scale / min_scale)^u, u ~ U[0, 1);   w ~ U[-s, s)
 * The scale comes from a stream of its own, so elements do not depend on the tensor's size. */
#include "kernels/fill.h"

#define SCALE_STREAM 1u

struct random_scale {
    double min_scale, max_scale;
};

static const cnn_param params[] = {
    CNN_PARAM(struct random_scale, min_scale, CNN_REAL, "0.001", 1e-30, 1e30, 0,
              "the least scale that a tensor can draw"),
    CNN_PARAM(struct random_scale, max_scale, CNN_REAL, "1", 1e-30, 1e30, 0,
              "all scales drawn are below"),
    CNN_PARAM_END,
};

static int init(void *data, cnn_error *error)
{
    const struct random_scale *self = data;
    if (self->min_scale > self->max_scale)
        return cnn_fail_at(
            error, "min_scale", 0,
            "min_scale is %g and max_scale is %g; min_scale must not be above max_scale",
            self->min_scale, self->max_scale);
    return 0;
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)error;
    const struct random_scale *self = data;
    const cnn_random stream = cnn_random_split(random, SCALE_STREAM);
    const double scale =
        self->min_scale * pow(self->max_scale / self->min_scale, cnn_random_uniform(&stream, 0));
    fill_uniform(tensor, random, -scale, scale, weights);
    return 0;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.0002930414338332934, 0.002063001822097042,
                                           -0.0008494884849220435, -0.0005837328113507467)}},
    {"{min_scale: 0.05, max_scale: 1000}",
     1e-6,
     {2, {2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 0.023254635056812384, 0.16371184738912228,
                                           -0.06741212136255324, -0.04632277873159411)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "random_scale", "uniform in +- a scale that each tensor draws for itself",
    .doc = "s = min_scale (max_scale / min_scale)^u with u ~ U[0, 1): log s is uniform, so that "
           "each power of ten between the bounds is as likely. Then w ~ U[-s, s). Layers so start "
           "with weights of very different sizes, another set with each seed: it shows how much a "
           "loss or an optimizer depends on where it starts.\n"
           "Keras, PyTorch and Caffe have no such initializer.",
    .params = params, .golden = golden, .self_size = sizeof(struct random_scale), .init = init,
    .fill = fill)
