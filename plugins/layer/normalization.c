/* normalization.c - shifts and scales its input by a mean and a variance that stay the same, as
 * Keras's Normalization:
 *
 *   y = (x - mean) / max(sqrt(variance), epsilon)
 *   y = mean + x * max(sqrt(variance), epsilon)       with `invert`
 *
 * Both are given, or measured on all training data before the first step and saved: a first pass
 * sums x, a second one (x - mean)^2 in double, so that nothing cancels, however large the mean is
 * beside the deviation. The variance is the sum divided by the number of values N (biased, numpy's
 * var). What is measured is float32, as in Keras. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/vector.h>
#include <math.h>

enum { NONE, CHANNEL, PIXEL };
#define ROW 1024u /* floats of a prepared row, at most, where the channels are no more */

typedef struct normalization {
    cnn_reals mean, variance;
    double epsilon;
    int32_t axis, invert;
    uint64_t size, kept; /* floats of a sample; means and variances */
    uint64_t width;      /* of a row: a multiple of kept that divides size */
} normalization;

static const char *const axes[] = {"none", "channel", "pixel", NULL};

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(normalization, axis, "channel", axes,
                     "What has a mean and a variance of its own: each channel (Keras's axis -1), "
                     "each pixel of each channel (its axis [1, 2, 3]), or none, so that there is "
                     "one pair for all values (its axis null)."),
    CNN_PARAM(normalization, mean, CNN_REALS, "null", -(double)INFINITY, (double)INFINITY,
              CNN_NULLABLE,
              "One number, or as many as `axis` asks for; null: mean and variance are measured on "
              "the training data."),
    CNN_PARAM(normalization, variance, CNN_REALS, "null", 0, (double)INFINITY, CNN_NULLABLE,
              "As many as there are means. It is the square of the std that torchvision's "
              "Normalize takes."),
    CNN_PARAM(normalization, epsilon, CNN_REAL, "1e-7", 1e-30, (double)INFINITY, 0,
              "The least that is divided by, where the deviation is smaller. Keras has 1e-7; a "
              "pixel that was always the same in the training data is then multiplied by 1e7 "
              "where it differs later, and 1e-2 would spare the network that."),
    CNN_PARAM_BOOL(normalization, invert, "false",
                   "The other way round: multiplies by the deviation and adds the mean."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const normalization *n = self;
    if (!n->mean.items != !n->variance.items)
        return cnn_fail_at(error, n->mean.items ? "mean" : "variance", 0,
                           "mean and variance must both be given, or both be null to be measured "
                           "on the training data");
    if (n->mean.count != n->variance.count)
        return cnn_fail_at(
            error, "variance", 0, "there are %llu variances and %llu means; there must be as many",
            (unsigned long long)n->variance.count, (unsigned long long)n->mean.count);
    return 0;
}

static cnn_weight measured(const normalization *n, const cnn_shape *input, const char *name,
                           const char *initializer)
{
    cnn_weight weight = {name, initializer, {1, {n->kept}}, n->kept, n->kept, CNN_ROLE_MEASURED};
    if (n->axis == PIXEL)
        weight.shape = *input;
    return weight;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    normalization *n = self;
    const uint64_t channels = input->dim[input->rank - 1];
    n->size = cnn_shape_count(input);
    n->kept = n->axis == NONE ? 1 : n->axis == CHANNEL ? channels : n->size;
    if (n->mean.items && n->mean.count != 1 && n->mean.count != n->kept)
        return cnn_fail_at(error, "mean", 0,
                           "there are %llu means; with this axis and input there must be 1 or %llu",
                           (unsigned long long)n->mean.count, (unsigned long long)n->kept);
    n->width = n->axis == PIXEL ? n->size : channels;
    for (uint64_t pixels = n->size / channels; n->axis != PIXEL && pixels > 1; pixels--)
        if (n->size / channels % pixels == 0 && pixels * channels <= ROW) {
            n->width = pixels * channels;
            break;
        }
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE;
    plan->flops = 2 * (double)n->size;
    plan->prepared_bytes = 2 * n->width * sizeof(float);
    if (n->mean.items)
        return 0;
    plan->weight_count = 2;
    plan->weights[0] = measured(n, input, "mean", "zeros");
    plan->weights[1] = measured(n, input, "variance", "ones");
    plan->surveys = n->kept;
    plan->survey_passes = 2;
    plan->scratch_bytes = 2 * n->width * sizeof(double);
    return 0;
}

static void survey(const void *self, const cnn_layer_survey *io)
{
    const normalization *n = self;
    const uint64_t width = n->width, rows = io->samples * (n->size / width);
    const double count = (double)io->all_samples * (double)(n->size / n->kept);
    double *sum = io->scratch, *mean = sum + width;
    for (uint64_t i = 0; i < width; i++) {
        sum[i] = 0;
        mean[i] = io->pass ? io->totals[i % n->kept] / count : 0;
    }
    for (uint64_t r = 0; r < rows; r++) {
        const float *x = io->x + r * width;
        if (io->pass == 0) {
            VEC_INDEPENDENT
            for (uint64_t i = 0; i < width; i++)
                sum[i] += (double)x[i];
            continue;
        }
        VEC_INDEPENDENT
        for (uint64_t i = 0; i < width; i++) {
            const double d = (double)x[i] - mean[i];
            sum[i] += d * d;
        }
    }
    for (uint64_t i = 0; i < width; i++)
        io->sums[i % n->kept] += sum[i];
}

static int settle(const void *self, const cnn_layer_settle *io, cnn_error *error)
{
    const normalization *n = self;
    const double count = (double)io->samples * (double)(n->size / n->kept);
    (void)error;
    for (uint64_t k = 0; k < n->kept; k++) {
        io->measured[0][k] = (float)(io->totals[k] / count);
        io->measured[1][k] = (float)(io->totals[n->kept + k] / count);
    }
    return 0;
}

/* A row of means, and one of what is multiplied by. */
static void prepare(const void *self, const cnn_layer_prepare *io)
{
    const normalization *n = self;
    float *mean = io->prepared, *factor = mean + n->width;
    for (uint64_t i = 0; i < n->width; i++) {
        const uint64_t k = i % n->kept, given = n->mean.count == 1 ? 0 : k;
        const double variance =
            n->mean.items ? n->variance.items[given] : (double)io->weights[1][k];
        const double deviation = fmax(sqrt(variance), n->epsilon);
        mean[i] = n->mean.items ? (float)n->mean.items[given] : io->weights[0][k];
        factor[i] = (float)(n->invert ? deviation : 1 / deviation);
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const normalization *n = self;
    const uint64_t width = n->width, rows = io->samples * (n->size / width);
    const float *mean = io->prepared, *factor = mean + width;
    for (uint64_t r = 0; r < rows; r++) {
        const float *x = io->x + r * width;
        float *y = io->y + r * width;
        if (n->invert) {
            VEC_INDEPENDENT
            for (uint64_t i = 0; i < width; i++)
                y[i] = x[i] * factor[i] + mean[i];
            continue;
        }
        VEC_INDEPENDENT
        for (uint64_t i = 0; i < width; i++)
            y[i] = (x[i] - mean[i]) * factor[i];
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const normalization *n = self;
    const uint64_t width = n->width, rows = io->samples * (n->size / width);
    const float *mean = io->prepared, *factor = mean + width;
    for (uint64_t r = 0; io->dx && r < rows; r++) {
        const float *dy = io->dy + r * width;
        float *dx = io->dx + r * width;
        VEC_INDEPENDENT
        for (uint64_t i = 0; i < width; i++)
            dx[i] = dy[i] * factor[i];
    }
}

/* By tests/golden/normalization.py. */
static const cnn_golden golden[] = {
    {"{mean: [0.5, -1], variance: [4, 0.0625]}",
     1e-6,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 0.5, 4, 3, 0, -1.5, 2.25),
      CNN_VALUES("dy", 1, 2, -1, 0.5, 0, -3, 4, 1),
      CNN_VALUES("y", 0.25, -4, 0, 20, 1.25, 4, -1, 13),
      CNN_VALUES("dx", 0.5, 8, -0.5, 2, 0, -12, 2, 4)}},
    {"{}",
     1e-6,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 0.5, 4, 3, 0, -1.5, 2.25),
      CNN_VALUES("dy", 1, 2, -1, 0.5, 0, -3, 4, 1), CNN_VALUES("mean", 0.75, 1.5),
      CNN_VALUES("variance", 2.25, 0.16),
      CNN_VALUES("y", 0.166666667, -8.75, -0.166666667, 6.25, 1.5, -3.75, -1.5, 1.875),
      CNN_VALUES("dx", 0.666666667, 5, -0.666666667, 1.25, 0, -7.5, 2.66666667, 2.5)}},
    {"{mean: [0.5, -1], variance: [0.01, 0], epsilon: 0.25}",
     1e-6,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 0.5, 4, 3, 0, -1.5, 2.25),
      CNN_VALUES("dy", 1, 2, -1, 0.5, 0, -3, 4, 1), CNN_VALUES("y", 2, -4, 0, 20, 10, 4, -8, 13),
      CNN_VALUES("dx", 4, 8, -4, 2, 0, -12, 16, 4)}},
    {"{axis: none, mean: [0.5], variance: [6.25], invert: true}",
     1e-6,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 0.5, 4, 3, 0, -1.5, 2.25),
      CNN_VALUES("dy", 1, 2, -1, 0.5, 0, -3, 4, 1),
      CNN_VALUES("y", 3, -4.5, 1.75, 10.5, 8, 0.5, -3.25, 6.125),
      CNN_VALUES("dx", 2.5, 5, -2.5, 1.25, 0, -7.5, 10, 2.5)}},
    {"{axis: pixel}",
     1e-6,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 0.5, 4, 3, 0, -1.5, 2.25),
      CNN_VALUES("dy", 1, 2, -1, 0.5, 0, -3, 4, 1),
      CNN_VALUES("mean", 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75),
      CNN_VALUES("variance", 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4),
      CNN_VALUES("y", 1.41421356, -2.25, 0, 2.29809704, 1.26491106, -0.721687836, -1.60356745,
                 0.25),
      CNN_VALUES("dx", 1.41421356, 2, -0.816496581, 0.353553391, 0, -1.73205081, 2.13808994, 0.5)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("normalization", "shifts and scales by a fixed mean and variance",
          .doc =
              "y = (x - mean) / max(sqrt(variance), epsilon), as Keras's Normalization. Mean and "
              "variance are given, or measured on the training data before the first step; they "
              "are then saved with the weights, and no step changes them. What is measured is "
              "what reaches the layer in an evaluation. PyTorch has no such layer; torchvision's "
              "Normalize takes a mean and a standard deviation.",
          .params = params, .golden = golden, .self_size = sizeof(normalization), .init = init,
          .plan = plan, .survey = survey, .settle = settle, .prepare = prepare, .forward = forward,
          .backward = backward)
