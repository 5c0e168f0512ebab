/* orthogonal.c - Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of
 * learning in deep linear neural networks" (arXiv:1312.6120): a matrix that turns and does not
 * stretch.
 *
 * The tensor is a matrix of (all other extents, the last extent). It is filled with normal numbers.
 * Then its shorter side's vectors, columns or rows, are made orthogonal to those before them, and
 * of length 1, by Gram and Schmidt: that is Q of the QR decomposition whose R has a diagonal above
 * 0. Each vector goes through twice, since one pass leaves what rounding left. */
#include "kernels/normal.h"

struct orthogonal {
    double gain;
};

static const cnn_param params[] = {
    CNN_PARAM(struct orthogonal, gain, CNN_REAL, "1", -1e37, 1e37, 0,
              "the length of each vector; PyTorch's calculate_gain gives sqrt 2 for relu"),
    CNN_PARAM_END,
};

/* Element i of vector k is at[k * to_next + i * stride]. */
struct vectors {
    float *at;
    uint64_t count, length, to_next, stride;
};

static struct vectors vectors_of(const cnn_shape *shape, float *weights)
{
    const uint64_t columns = shape->dim[shape->rank - 1], rows = cnn_shape_count(shape) / columns;
    return rows >= columns ? (struct vectors){weights, columns, rows, 1, columns}
                           : (struct vectors){weights, rows, columns, columns, 1};
}

static double product(const struct vectors *v, const float *a, const float *b)
{
    double sum = 0;
    for (uint64_t i = 0; i < v->length * v->stride; i += v->stride)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* a <- scale a - part b */
static void move(const struct vectors *v, float *a, double scale, double part, const float *b)
{
    for (uint64_t i = 0; i < v->length * v->stride; i += v->stride)
        a[i] = (float)(scale * (double)a[i] - part * (double)b[i]);
}

static int fill(const void *data, const cnn_tensor *tensor, const cnn_random *random,
                float *weights, cnn_error *error)
{
    const struct orthogonal *self = data;
    if (tensor->shape.rank < 2)
        return cnn_fail(error, "'%s' has %llu extents; an orthogonal matrix needs 2 or more",
                        tensor->name, (unsigned long long)tensor->shape.rank);
    const struct vectors v = vectors_of(&tensor->shape, weights);
    fill_normal(tensor, random, 0, 1, weights);
    for (uint64_t k = 0; k < v.count; k++) {
        float *own = v.at + k * v.to_next;
        for (int pass = 0; pass < 2; pass++) {
            for (uint64_t j = 0; j < k; j++) {
                const float *other = v.at + j * v.to_next;
                move(&v, own, 1, product(&v, own, other), other);
            }
            move(&v, own, 1 / sqrt(product(&v, own, own)), 0, own);
        }
    }
    const uint64_t count = v.count * v.length;
    for (uint64_t i = 0; i < count; i++)
        weights[i] = (float)(self->gain * (double)weights[i]);
    return 0;
}

static void moments(const void *data, const cnn_tensor *tensor, double *mean, double *variance)
{
    const struct orthogonal *self = data;
    float none;
    *mean = 0;
    *variance = self->gain * self->gain / (double)vectors_of(&tensor->shape, &none).length;
}

/* By `tests/golden/initializers.py cases`. */
static const cnn_golden golden[] = {
    {"{}",
     1e-6,
     {2, {3, 2}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.424337314169853, 0.7234116288077279, -0.5771168672162655,
                 -0.24740864665692325, 0.6977635454633603, -0.6445654170564377)}},
    {"{gain: 0.5}",
     1e-6,
     {3, {2, 2, 5}},
     {CNN_VALUES("fans", 6, 4),
      CNN_VALUES("weights", 0.2075343076730718, 0.10297362710167828, -0.2822555205131874,
                 -0.01409029453875057, 0.3412612313167497, 3.2163783475002794e-05,
                 0.26082722147016757, -0.19410250276981122, 0.3048117338902068,
                 -0.22667859362318352, 0.08827738401835299, 0.3942626465873954, 0.2348897420787858,
                 -0.17716123535218317, 0.014309952181213843, -0.19095191080621032,
                 0.046245457104783366, 0.20332980872431652, 0.3001908646272974,
                 0.2827386764046885)}},
    CNN_GOLDEN_END,
};

CNN_INITIALIZER(
    "orthogonal", "a random orthogonal matrix: it turns what comes, and does not stretch it",
    .doc = "w = gain Q, with Q from the QR decomposition of a matrix of normal numbers, its signs "
           "such that R has a diagonal above 0. The matrix is (all other extents, the last "
           "extent); the columns, or the rows if these are fewer, are at right angles and of "
           "length gain. So neither signals nor gradients fade or blow up in deep linear networks. "
           "It takes as long as rows x columns x the smaller of the two: a second for a few "
           "million weights.\n"
           "From Saxe et al. 2014, arXiv:1312.6120. Keras: Orthogonal. PyTorch: orthogonal_, which "
           "takes (the first extent, all others); its layers hold (outputs, inputs, window).",
    .params = params, .golden = golden, .self_size = sizeof(struct orthogonal), .fill = fill,
    .moments = moments)
