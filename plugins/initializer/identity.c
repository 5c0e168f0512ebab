/* identity.c - what passes through is what comes: 1 from each input to the output of its number.
 *
 * The last two extents of the shape are inputs and outputs; those before, a convolution's window,
 * have their 1 in the middle, at (k - 1) / 2. */
#include "kernels/fill.h"

struct identity {
    double gain;
};

static const cnn_param params[] = {
    CNN_PARAM(struct identity, gain, CNN_REAL, "1", -FLT_MAX, FLT_MAX, 0,
              "what stands in place of 1"),
    CNN_PARAM_END,
};

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    (void)random;
    const struct identity *self = data;
    const cnn_shape *s = &tensor->shape;
    if (s->rank < 2)
        return cnn_fail(error, "'%s' has %llu extents; an identity needs 2 or more", tensor->name,
                        (unsigned long long)s->rank);
    fill_constant(tensor, 0, weights);
    const uint64_t inputs = s->dim[s->rank - 2], outputs = s->dim[s->rank - 1];
    uint64_t place = 0; /* in the window */
    for (uint64_t i = 0; i + 2 < s->rank; i++)
        place = place * s->dim[i] + (s->dim[i] - 1) / 2;
    for (uint64_t i = 0; i < inputs && i < outputs; i++)
        weights[(place * inputs + i) * outputs + i] = (float)self->gain;
    return 0;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{gain: 2}",
     1e-6,
     {2, {2, 3}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 2.0, 0.0, 0.0, 0.0, 2.0, 0.0)}},
    {"{}",
     1e-6,
     {4, {1, 2, 2, 2}},
     {CNN_VALUES("fans", 6, 4), CNN_VALUES("weights", 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "identity", "1 from each input to the output of its number, 0 elsewhere",
    .doc = "w[i, j] = gain if i = j, else 0. Of a convolution the middle of the window, (k - 1) / "
           "2, holds this matrix, so that with padding: same the layer hands on its input. Outputs "
           "beyond the number of inputs are 0 and stay alike: make a layer as wide as its input, "
           "or place it in a residual branch. In depthwise_conv2d, and in conv2d with groups, it "
           "fills the first channel or group only, so it is not for these.\n"
           "Keras: Identity, for matrices only. PyTorch: eye_, and dirac_ for convolutions, which "
           "takes k / 2 as the middle: another one if k is even.",
    .params = params, .golden = golden, .self_size = sizeof(struct identity), .fill = fill)
