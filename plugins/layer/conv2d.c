/* conv2d.c - two-dimensional convolution: parameters, plan, and the choice of the kernel.
 *
 * The kernels are kernels/conv_direct.h and kernels/winograd.h, plain C with vector types. Both
 * also do the ReLU and the 2 x 2 maxima (kernels/pool.h) that may come behind.
 *
 * Exactness. Against float64, as tests/bench/bench_conv2d.c prints it for shards of 16 images,
 * Glorot's weights, inputs in [0, 1) of which half are 0: root mean square of the error over that
 * of the values, and in brackets the largest error over the largest value; the worst of the sets:
 *
 *                              y                dx               dkernel
 *   28x28    1 ->  32 direct   0.06e-6 (0.1e-6) 0.1e-6  (0.1e-6) 1.2e-6 (2.6e-6)
 *   26x26   32 ->  64 direct   0.2e-6  (0.5e-6) 0.1e-6  (0.2e-6) 1.0e-6 (2.1e-6)
 *                   winograd   2.0e-6  (6.8e-6) 3.3e-6  (7.0e-6) 4.7e-6 (8.7e-6)
 *   14x14   64 ->  64 direct   0.3e-6  (0.6e-6) 0.1e-6  (0.2e-6) 0.5e-6 (1.1e-6)
 *                   winograd   2.6e-6  (6.7e-6) 3.3e-6  (6.4e-6) 2.6e-6 (4.4e-6)
 *   14x14  128 -> 128 direct   0.4e-6  (0.9e-6) 0.2e-6  (0.3e-6) 0.5e-6 (1.3e-6)
 *                   winograd   3.6e-6  (9.0e-6) 4.3e-6  (14e-6)  2.6e-6 (3.6e-6)
 *
 * float32 itself rounds by up to 0.06e-6: Winograd loses two to five bits more than direct. Three
 * epochs of pipelines/mnist.yaml on 12,800 images ended at these losses, and on 5,000 test images:
 *   seed 1   direct 0.1422, 0.1158 (accuracy 0.9634)   winograd 0.1459, 0.1189 (0.9624)
 *   seed 2   direct 0.1392, 0.1147 (accuracy 0.9642)   winograd 0.1388, 0.1119 (0.9636)
 * Winograd also spreads what is not finite: one NaN reaches all of
 * the 6 x 6 tiles whose windows see it, where direct keeps it to the outputs that do. Results of
 * one sample never depend on the others, nor on how many there are. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>

#include "kernels/conv_direct.h"
#include "kernels/winograd.h"

enum { VALID, SAME };
enum { AUTO, DIRECT, WINOGRAD };
static const char *const paddings[] = {"valid", "same", NULL};
static const char *const algorithms[] = {"auto", "direct", "winograd", NULL};

typedef struct conv2d {
    int64_t filters;
    cnn_shape kernel_size, strides;
    int32_t padding, use_bias, algorithm;
    bool winograd; /* derived: the kernel taken */
    conv_shape shape;
} conv2d;

static int init(void *self, cnn_error *error)
{
    const conv2d *conv = self;
    if (conv->kernel_size.rank != 2)
        return cnn_fail_at(error, "kernel_size", 0,
                           "kernel_size has %d numbers; it must be [height, width] or one number",
                           (int)conv->kernel_size.rank);
    if (conv->strides.rank != 2)
        return cnn_fail_at(
            error, "strides", 0,
            "strides has %d numbers; it must be [vertical, horizontal] or one number",
            (int)conv->strides.rank);
    return 0;
}

static void equals(const void *self, cnn_operator *out)
{
    const conv2d *conv = self;
    const uint64_t *k = conv->kernel_size.dim, *stride = conv->strides.dim;
    *out = (cnn_operator){out->struct_size,       CNN_OPERATOR_CONV2D,   {k[0], k[1]},
                          {stride[0], stride[1]}, conv->padding == SAME, 0};
}

/* relu, then 2 x 2 maxima, or one of them. */
static int absorb(void *self, const cnn_operator *next)
{
    conv_shape *s = &((conv2d *)self)->shape;
    const bool relu = next->id == CNN_OPERATOR_RELU, pool = cnn_operator_is_max_pool_2x2(next);
    if (s->pool || (relu && s->relu))
        return 0;
    s->relu |= relu;
    s->pool |= pool;
    return relu || pool;
}

/* Output extent and zeros before the first element, for one of the two axes. */
static void place_axis(const conv2d *conv, size_t n, size_t k, size_t stride, size_t *out,
                       size_t *before)
{
    *before = 0;
    if (conv->padding == VALID) {
        *out = (n - k) / stride + 1;
        return;
    }
    *out = (n + stride - 1) / stride;
    const size_t reach = (*out - 1) * stride + k;
    *before = reach > n ? (reach - n) / 2 : 0;
}

/* Whether every size the kernels compute with stays far from overflow. */
static bool is_small_enough(const conv_shape *s)
{
    const double limit = 0x1p40;
    const double taps = (double)s->kh * (double)s->kw;
    const double c = (double)s->c + VL, o = (double)s->o + VL;
    const double image =
        ((double)s->h + 2 * (double)s->kh) * ((double)s->w + 2 * (double)s->kw) * c;
    const double output = (double)s->oh * (double)s->ow * o;
    return image < limit && output < limit && taps * c * o < limit &&
           taps * c * (double)s->ow < limit;
}

static int place(conv2d *conv, const cnn_shape *input, cnn_error *error)
{
    conv_shape *s = &conv->shape;
    const uint64_t *k = conv->kernel_size.dim, *in = input->dim;
    if (input->rank != 3)
        return cnn_fail(error,
                        "the input has rank %d; conv2d needs an image (height, width, channels)",
                        (int)input->rank);
    if (conv->padding == VALID && (k[0] > in[0] || k[1] > in[1]))
        return cnn_fail_at(error, "kernel_size", 0,
                           "kernel_size is [%llu, %llu], larger than the input [%llu, %llu, %llu]; "
                           "it must fit, or padding must be same",
                           (unsigned long long)k[0], (unsigned long long)k[1],
                           (unsigned long long)in[0], (unsigned long long)in[1],
                           (unsigned long long)in[2]);
    *s = (conv_shape){.h = in[0],
                      .w = in[1],
                      .c = in[2],
                      .kh = k[0],
                      .kw = k[1],
                      .sh = conv->strides.dim[0],
                      .sw = conv->strides.dim[1],
                      .o = (size_t)conv->filters,
                      .relu = s->relu,
                      .pool = s->pool};
    place_axis(conv, s->h, s->kh, s->sh, &s->oh, &s->top);
    place_axis(conv, s->w, s->kw, s->sw, &s->ow, &s->left);
    if (s->pool && (s->oh < 2 || s->ow < 2))
        return cnn_fail(error,
                        "its output is [%zu, %zu, %zu], smaller than the pool_size [2, 2] behind "
                        "it; it must fit, or padding there be same",
                        s->oh, s->ow, s->o);
    if (!is_small_enough(s))
        return cnn_fail(error,
                        "a kernel of %zu x %zu x %zu x %zu on an input of %zu x %zu is too large "
                        "to be computed; fewer filters or channels are needed",
                        s->kh, s->kw, s->c, s->o, s->h, s->w);
    return 0;
}

/* Where Winograd is the faster one, measured: from 16 channels on both sides, the products outweigh
 * the transforms, unless most of the 6 x 6 tiles reach over the border. */
static bool gains_by_winograd(const conv_shape *s)
{
    const size_t tiles = (s->oh + TILE - 1) / TILE * ((s->ow + TILE - 1) / TILE);
    return s->c >= 16 && s->o >= 16 && s->oh * s->ow >= 12 * tiles;
}

static int choose(conv2d *conv, cnn_error *error)
{
    const conv_shape *s = &conv->shape;
    const bool fits = s->kh == 3 && s->kw == 3 && s->sh == 1 && s->sw == 1;
    if (conv->algorithm == WINOGRAD && !fits)
        return cnn_fail_at(
            error, "algorithm", 0,
            "algorithm is winograd, but kernel_size is [%zu, %zu] and strides [%zu, %zu]; "
            "winograd needs kernel_size 3 and strides 1",
            s->kh, s->kw, s->sh, s->sw);
    conv->winograd =
        conv->algorithm == WINOGRAD || (conv->algorithm == AUTO && fits && gains_by_winograd(s));
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    conv2d *conv = self;
    const conv_shape *s = &conv->shape;
    if (place(conv, input, error) || choose(conv, error))
        return -1;
    const uint64_t taps = s->kh * s->kw;
    const size_t step = s->pool ? 2 : 1;
    plan->output = (cnn_shape){3, {s->oh / step, s->ow / step, s->o}};
    plan->saved_bytes = conv_mask(s, conv->winograd);
    plan->flags = CNN_USES_INPUT | (s->relu && !plan->saved_bytes ? CNN_USES_OUTPUT : 0);
    plan->weights[0] = (cnn_weight){"kernel",    "glorot_uniform", {4, {s->kh, s->kw, s->c, s->o}},
                                    taps * s->c, taps * s->o,      CNN_ROLE_KERNEL};
    plan->weights[1] = (cnn_weight){"bias", "zeros", {1, {s->o}}, s->o, s->o, CNN_ROLE_BIAS};
    plan->weight_count = conv->use_bias ? 2 : 1;
    const bool training = plan->training != 0;
    plan->scratch_bytes =
        (conv->winograd ? winograd_scratch(s, training) : direct_scratch(s)) * sizeof(float);
    plan->prepared_bytes = conv->winograd ? winograd_prepared(s, training) * sizeof(float) : 0;
    plan->flops = 2 * (double)(s->oh * s->ow) * (double)(taps * s->c) * (double)s->o;
    return 0;
}

static void prepare(const void *self, const cnn_layer_prepare *io)
{
    const conv2d *conv = self;
    winograd_prepare(&conv->shape, io->weights[0], io->training, io->prepared);
}

static conv_io shard_of(const conv2d *conv, const cnn_layer_io *io)
{
    return (conv_io){.samples = io->samples,
                     .x = io->x,
                     .kernel = io->weights[0],
                     .bias = conv->use_bias ? io->weights[1] : NULL,
                     .y = io->y,
                     .mask = conv_mask(&conv->shape, conv->winograd) ? io->saved : NULL,
                     .scratch = io->scratch,
                     .prepared = io->prepared};
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const conv2d *conv = self;
    const conv_io shard = shard_of(conv, io);
    if (conv->winograd)
        winograd_forward(&conv->shape, &shard);
    else
        direct_forward(&conv->shape, &shard);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const conv2d *conv = self;
    conv_io shard = shard_of(conv, io);
    shard.dy = io->dy;
    shard.dx = io->dx;
    shard.dkernel = io->dweights ? io->dweights[0] : NULL;
    shard.dbias = io->dweights && conv->use_bias ? io->dweights[1] : NULL;
    if (conv->winograd)
        winograd_backward(&conv->shape, &shard);
    else
        direct_backward(&conv->shape, &shard);
}

static const cnn_param params[] = {
    CNN_PARAM(conv2d, filters, CNN_INTEGER, NULL, 1, 65536, 0, "Number of output channels."),
    CNN_PARAM(conv2d, kernel_size, CNN_SHAPE, NULL, 1, 1024, 0, "Height and width of the kernel."),
    CNN_PARAM(conv2d, strides, CNN_SHAPE, "1", 1, 1024, 0,
              "Steps between windows, vertical and horizontal."),
    CNN_PARAM_CHOICE(
        conv2d, padding, "valid", paddings,
        "valid: windows inside the image. same: as many outputs as inputs / stride, with "
        "zeros around, the smaller half first (PyTorch pads symmetrically)."),
    CNN_PARAM_BOOL(conv2d, use_bias, "true", "Whether a number for each filter is added."),
    CNN_PARAM_CHOICE(
        conv2d, algorithm, "auto", algorithms,
        "direct: by definition. winograd: F(6x6, 3x3), for 3 x 3 kernels of stride 1; about "
        "three times as fast and a little less exact. auto: winograd where it is faster."),
    CNN_PARAM_END,
};

CNN_LAYER(
    "conv2d", "two-dimensional convolution",
    .doc = "y[i, j, o] = b[o] + sum over (u, v, c) of x[i s + u, j s + v, c] w[u, v, c, o], as in "
           "Keras: a cross-correlation over images (height, width, channels).",
    .params = params, .self_size = sizeof(conv2d), .init = init, .plan = plan, .forward = forward,
    .backward = backward, .equals = equals, .absorb = absorb, .prepare = prepare)
