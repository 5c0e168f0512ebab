/* local_response_normalization.c - divides each number by a power of the squares around it
 * (Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural
 * networks").
 *
 *   s = k + alpha / n * sum of x^2 over the window,  y = x / s^beta
 *   dx = dy / s^beta - 2 alpha beta / n * x * the sum of dy x / s^(beta + 1) over the windows that
 * hold x
 *
 * The window is `size` channels of the same pixel (n = size), or size x size pixels of the same
 * channel (n = size^2); what lies outside counts as 0. The paper's own formula has alpha in place
 * of alpha / n. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <math.h>

enum { ACROSS, WITHIN };

typedef struct local_response_normalization {
    int64_t size;
    double alpha, beta, k;
    int32_t region;
    uint64_t h, w, c;
} local_response_normalization;

static const char *const regions[] = {"across", "within", NULL};

static const cnn_param params[] = {
    CNN_PARAM(local_response_normalization, size, CNN_INTEGER, "5", 1, 1024, 0,
              "Width of the window; of an even one, half lies before and half less one behind."),
    CNN_PARAM(local_response_normalization, alpha, CNN_REAL, "1e-4", 0, 1e6, 0,
              "Factor of the mean of the squares. The default is PyTorch's; Caffe's is 1."),
    CNN_PARAM(local_response_normalization, beta, CNN_REAL, "0.75", 0, 4, 0, "The exponent."),
    CNN_PARAM(local_response_normalization, k, CNN_REAL, "1", 1e-3, 1e6, 0,
              "What is added to the squares; the paper has 2."),
    CNN_PARAM_CHOICE(
        local_response_normalization, region, "across", regions,
        "across: neighbouring channels, as in the paper and PyTorch; within: neighbouring "
        "pixels of one channel, Caffe's WITHIN_CHANNEL."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    local_response_normalization *l = self;
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    l->h = input->dim[0];
    l->w = input->dim[1];
    l->c = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_USES_INPUT;
    plan->scratch_bytes = 2 * cnn_shape_count(input) * sizeof(float);
    plan->flops = (double)cnn_shape_count(input) * (4 * (double)l->size + 8);
    return 0;
}

static uint64_t from(uint64_t i, uint64_t before)
{
    return i > before ? i - before : 0;
}

static uint64_t until(uint64_t i, uint64_t after, uint64_t n)
{
    return i + after < n ? i + after + 1 : n;
}

/* The sum of `values` over the window of number (i, j, c); `before` and `after` are its reach. */
static double window_sum(const local_response_normalization *l, const float *values, uint64_t at,
                         uint64_t before, uint64_t after)
{
    const uint64_t c = at % l->c, j = at / l->c % l->w, i = at / l->c / l->w;
    double sum = 0;
    if (l->region == ACROSS) {
        for (uint64_t d = from(c, before); d < until(c, after, l->c); d++)
            sum += (double)values[at - c + d];
        return sum;
    }
    for (uint64_t u = from(i, before); u < until(i, after, l->h); u++)
        for (uint64_t v = from(j, before); v < until(j, after, l->w); v++)
            sum += (double)values[(u * l->w + v) * l->c + c];
    return sum;
}

static double alpha_of(const local_response_normalization *l)
{
    return l->alpha / (l->region == ACROSS ? (double)l->size : (double)l->size * (double)l->size);
}

/* s of number `at`; `squares` are those of a sample. */
static double sum_at(const local_response_normalization *l, const float *squares, uint64_t at)
{
    return l->k + alpha_of(l) * window_sum(l, squares, at, (uint64_t)l->size / 2,
                                           ((uint64_t)l->size - 1) / 2);
}

static void square(const float *x, float *squares, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        squares[i] = x[i] * x[i];
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const local_response_normalization *l = self;
    const uint64_t count = l->h * l->w * l->c;
    float *squares = io->scratch;
    for (uint64_t s = 0; s < io->samples; s++) {
        const float *x = io->x + s * count;
        float *y = io->y + s * count;
        square(x, squares, count);
        for (uint64_t at = 0; at < count; at++)
            y[at] = (float)((double)x[at] * pow(sum_at(l, squares, at), -l->beta));
    }
}

/* A number is in the windows of those that it reaches the other way. */
static void backward(const void *self, const cnn_layer_io *io)
{
    const local_response_normalization *l = self;
    const uint64_t count = l->h * l->w * l->c, size = (uint64_t)l->size;
    float *squares = io->scratch, *parts = squares + count;
    for (uint64_t s = 0; io->dx && s < io->samples; s++) {
        const float *x = io->x + s * count, *dy = io->dy + s * count;
        float *dx = io->dx + s * count;
        square(x, squares, count);
        for (uint64_t at = 0; at < count; at++) {
            const double sum = sum_at(l, squares, at), part = (double)dy[at] * pow(sum, -l->beta);
            dx[at] = (float)part;
            parts[at] = (float)(part * (double)x[at] / sum);
        }
        for (uint64_t at = 0; at < count; at++) {
            const double around = window_sum(l, parts, at, (size - 1) / 2, size / 2);
            dx[at] = (float)((double)dx[at] - 2 * alpha_of(l) * l->beta * (double)x[at] * around);
        }
    }
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {1, 1, 7}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5),
      CNN_VALUES("y", -0.8559573, -1.0419168, -1.2278548, -1.4137807, -1.5996846, -1.7856883,
                 -1.9717149),
      CNN_VALUES("dx", 0.99996587, -1.9999536, 0.49974834, 2.9995007, 0.99961716, -1.9998253,
                 0.49998603)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "local_response_normalization", "divides each number by a power of the squares around it",
    .doc =
        "y = x / (k + alpha / n * sum of x^2)^beta, the sum over `size` neighbouring channels or "
        "size x "
        "size pixels, n of them. Defaults are those of PyTorch's LocalResponseNorm; Keras has no "
        "such layer. Caffe's LRN: {alpha: 1}.",
    .params = params, .golden = golden, .self_size = sizeof(local_response_normalization),
    .plan = plan, .forward = forward, .backward = backward)
