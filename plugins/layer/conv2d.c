/* conv2d.c - two-dimensional convolution: parameters, plan, and the choice of the kernel.
 *
 * The kernels are kernels/conv_direct.h and kernels/winograd.h, plain C with vector types. Both
 * also do the ReLU and the 2 x 2 maxima (kernels/pool.h) that may come behind. Dilation and groups
 * take kernels/conv_general.h, which is slower.
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
#include "kernels/conv_window.h"
#include "kernels/winograd.h"

enum { AUTO, DIRECT, WINOGRAD };
static const char *const algorithms[] = {"auto", "direct", "winograd", NULL};

typedef struct conv2d {
    conv_window window;
    int64_t filters, groups;
    int32_t use_bias, algorithm;
    bool winograd, general; /* derived: the kernel taken; neither is direct */
    conv_general place;
} conv2d;

static int init(void *self, cnn_error *error)
{
    conv2d *conv = self;
    const uint64_t *dilation = conv->window.dilation_rate.dim;
    conv->general = conv->groups > 1 || dilation[0] > 1 || dilation[1] > 1;
    if (conv->filters % conv->groups)
        return cnn_fail_at(error, "groups", 0,
                           "groups is %lld; filters, %lld, must be divisible by it",
                           (long long)conv->groups, (long long)conv->filters);
    return conv_window_init(&conv->window, error);
}

static void equals(const void *self, cnn_operator *out)
{
    const conv2d *conv = self;
    const conv_window *w = &conv->window;
    const uint64_t *k = w->kernel_size.dim, *stride = w->strides.dim;
    if (!conv->general && !w->pads.items)
        *out = (cnn_operator){out->struct_size,       CNN_OPERATOR_CONV2D, {k[0], k[1]},
                              {stride[0], stride[1]}, w->padding == SAME,  0};
}

/* relu, then 2 x 2 maxima, or one of them. */
static int absorb(void *self, const cnn_operator *next)
{
    conv2d *conv = self;
    conv_shape *s = &conv->place.s;
    const bool relu = next->id == CNN_OPERATOR_RELU, pool = cnn_operator_is_max_pool_2x2(next);
    if (conv->general || s->pool || (relu && s->relu))
        return 0;
    s->relu |= relu;
    s->pool |= pool;
    return relu || pool;
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
    const conv_shape *s = &conv->place.s;
    const bool fits = s->kh == 3 && s->kw == 3 && s->sh == 1 && s->sw == 1 && !conv->general;
    if (conv->algorithm != AUTO && conv->general)
        return cnn_fail_at(
            error, "algorithm", 0,
            "algorithm is %s, which knows neither dilation_rate nor groups; it must be auto",
            algorithms[conv->algorithm]);
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

static size_t scratch_of(const conv2d *conv, bool training)
{
    const conv_shape *s = &conv->place.s;
    return conv->general    ? general_scratch(&conv->place)
           : conv->winograd ? winograd_scratch(s, training)
                            : direct_scratch(s);
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    conv2d *conv = self;
    const conv_shape *s = &conv->place.s;
    const size_t groups = (size_t)conv->groups;
    if (conv_window_place(&conv->window, "conv2d", input, (size_t)conv->filters, groups,
                          &conv->place, error) ||
        choose(conv, error))
        return -1;
    if (s->c % groups)
        return cnn_fail_at(error, "groups", 0,
                           "groups is %zu; the %zu channels of the input must be divisible by it",
                           groups, s->c);
    const uint64_t taps = s->kh * s->kw, inputs = s->c / groups;
    const size_t step = s->pool ? 2 : 1;
    plan->output = (cnn_shape){3, {s->oh / step, s->ow / step, s->o}};
    plan->saved_bytes = conv_mask(s, conv->winograd);
    plan->flags = CNN_USES_INPUT | (s->relu && !plan->saved_bytes ? CNN_USES_OUTPUT : 0);
    plan->weights[0] =
        (cnn_weight){"kernel",      "glorot_uniform", {4, {s->kh, s->kw, inputs, s->o}},
                     taps * inputs, taps * s->o,      CNN_ROLE_KERNEL};
    plan->weights[1] = (cnn_weight){"bias", "zeros", {1, {s->o}}, s->o, s->o, CNN_ROLE_BIAS};
    plan->weight_count = conv->use_bias ? 2 : 1;
    const bool training = plan->training != 0;
    plan->scratch_bytes = scratch_of(conv, training) * sizeof(float);
    plan->prepared_bytes = conv->winograd ? winograd_prepared(s, training) * sizeof(float) : 0;
    plan->flops = 2 * (double)(s->oh * s->ow) * (double)(taps * inputs) * (double)s->o;
    return 0;
}

static void prepare(const void *self, const cnn_layer_prepare *io)
{
    const conv2d *conv = self;
    winograd_prepare(&conv->place.s, io->weights[0], io->training, io->prepared);
}

static conv_io shard_of(const conv2d *conv, const cnn_layer_io *io)
{
    return (conv_io){.samples = io->samples,
                     .x = io->x,
                     .kernel = io->weights[0],
                     .bias = conv->use_bias ? io->weights[1] : NULL,
                     .y = io->y,
                     .mask = conv_mask(&conv->place.s, conv->winograd) ? io->saved : NULL,
                     .scratch = io->scratch,
                     .prepared = io->prepared};
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const conv2d *conv = self;
    const conv_io shard = shard_of(conv, io);
    if (conv->general)
        general_forward(&conv->place, &shard);
    else if (conv->winograd)
        winograd_forward(&conv->place.s, &shard);
    else
        direct_forward(&conv->place.s, &shard);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const conv2d *conv = self;
    conv_io shard = shard_of(conv, io);
    shard.dy = io->dy;
    shard.dx = io->dx;
    shard.dkernel = io->dweights ? io->dweights[0] : NULL;
    shard.dbias = io->dweights && conv->use_bias ? io->dweights[1] : NULL;
    if (conv->general)
        general_backward(&conv->place, &shard);
    else if (conv->winograd)
        winograd_backward(&conv->place.s, &shard);
    else
        direct_backward(&conv->place.s, &shard);
}

static const cnn_param params[] = {
    CNN_PARAM(conv2d, filters, CNN_INTEGER, NULL, 1, 65536, 0, "Number of output channels."),
    CONV_WINDOW_PARAMS,
    CNN_PARAM(
        conv2d, groups, CNN_INTEGER, "1", 1, 65536, 0,
        "Into how many groups channels and filters are cut; filters see the channels of their own "
        "group alone."),
    CNN_PARAM_BOOL(conv2d, use_bias, "true", "Whether a number for each filter is added."),
    CNN_PARAM_CHOICE(
        conv2d, algorithm, "auto", algorithms,
        "direct: by definition. winograd: F(6x6, 3x3), for 3 x 3 kernels of stride 1; about "
        "three times as fast and a little less exact. auto: winograd where it is faster."),
    CNN_PARAM_END,
};

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{filters: 1, kernel_size: 2}",
     1e-5,
     {3, {3, 3, 1}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848,
                 1.6619999),
      CNN_VALUES("dy", 1, -2, 0.5, 3),
      CNN_VALUES("kernel", -0.71200001, -0.80500001, -0.898, -0.991), CNN_VALUES("bias", -0.278),
      CNN_VALUES("y", 4.0256541, 4.6591701, 1.956256, -1.0076159),
      CNN_VALUES("dx", -0.71200001, 0.61900002, 1.61, -1.254, -1.7335, -0.43300003, -0.449, -3.1895,
                 -2.973),
      CNN_VALUES("dkernel", -4.279, -4.744, 6.3440002, 7.8819999), CNN_VALUES("dbias", 2.5)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "conv2d", "two-dimensional convolution",
    .doc = "y[i, j, o] = b[o] + sum over (u, v, c) of x[i s + u, j s + v, c] w[u, v, c, o], as in "
           "Keras: a cross-correlation over images (height, width, channels).",
    .params = params, .golden = golden, .self_size = sizeof(conv2d), .init = init, .plan = plan,
    .forward = forward, .backward = backward, .equals = equals, .absorb = absorb,
    .prepare = prepare)
