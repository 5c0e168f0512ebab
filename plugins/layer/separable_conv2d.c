/* separable_conv2d.c - a depthwise convolution, and one of 1 x 1 behind it (Chollet 2016,
 * arXiv:1610.02357, "Xception: deep learning with depthwise separable convolutions").
 *
 * What lies between the two is computed an image at a time, in scratch, and again in backward. */
/* isa: avx2 avx512 */
#include <kernels/conv_direct.h>
#include <kernels/conv_window.h>

typedef struct separable_conv2d {
    conv_window window;
    int64_t filters, depth_multiplier;
    int32_t use_bias;
    conv_general depth; /* the first convolution */
    conv_shape point;   /* the second one */
} separable_conv2d;

static const cnn_param params[] = {
    CNN_PARAM(separable_conv2d, filters, CNN_INTEGER, NULL, 1, 65536, 0,
              "Number of output channels."),
    CONV_WINDOW_PARAMS,
    CNN_PARAM(separable_conv2d, depth_multiplier, CNN_INTEGER, "1", 1, 1024, 0,
              "Outputs of each channel between the two convolutions."),
    CNN_PARAM_BOOL(separable_conv2d, use_bias, "true",
                   "Whether a number for each filter is added, at the end."),
    CNN_PARAM_END,
};

/* The pieces of scratch; with `scratch` NULL they are only counted. */
typedef struct pieces {
    float *between, *dbetween, *sums, *point;
    size_t used;
} pieces;

static pieces cut(const separable_conv2d *v, float *scratch)
{
    pieces p = {.used = 0};
    p.between = conv_cut(scratch, &p.used, conv_image(&v->depth.s));
    p.dbetween = conv_cut(scratch, &p.used, conv_image(&v->depth.s));
    p.sums = conv_cut(scratch, &p.used, general_kernel(&v->depth));
    p.point = conv_cut(scratch, &p.used, direct_scratch(&v->point));
    return p;
}

static int init(void *self, cnn_error *error)
{
    return conv_window_init(&((const separable_conv2d *)self)->window, error);
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    separable_conv2d *v = self;
    const conv_shape *s = &v->depth.s;
    const uint64_t each = (uint64_t)v->depth_multiplier, filters = (uint64_t)v->filters;
    const uint64_t channels = input->dim[2];
    if (conv_window_place(&v->window, "separable_conv2d", input, channels * each, channels,
                          &v->depth, error))
        return -1;
    if ((double)s->o * (double)filters > 0x1p36)
        return cnn_fail(error,
                        "its kernels are too large to be computed; fewer filters are needed");
    v->point = (conv_shape){.h = s->oh,
                            .w = s->ow,
                            .c = s->o,
                            .kh = 1,
                            .kw = 1,
                            .sh = 1,
                            .sw = 1,
                            .oh = s->oh,
                            .ow = s->ow,
                            .o = filters};
    const uint64_t taps = s->kh * s->kw;
    plan->output = (cnn_shape){3, {s->oh, s->ow, filters}};
    plan->flags = CNN_USES_INPUT;
    plan->weights[0] =
        (cnn_weight){"depthwise_kernel", "glorot_uniform", {4, {s->kh, s->kw, s->c, each}},
                     taps * s->c,        taps * each,      CNN_ROLE_KERNEL};
    plan->weights[1] = (cnn_weight){
        "pointwise_kernel", "glorot_uniform", {4, {1, 1, s->o, filters}}, s->o, filters,
        CNN_ROLE_KERNEL};
    plan->weights[2] =
        (cnn_weight){"bias", "zeros", {1, {filters}}, filters, filters, CNN_ROLE_BIAS};
    plan->weight_count = v->use_bias ? 3 : 2;
    plan->scratch_bytes = cut(v, NULL).used * sizeof(float);
    plan->flops = 2 * (double)(s->oh * s->ow) * (double)s->o * (double)(taps + filters);
    return 0;
}

static conv_io point_of(const separable_conv2d *v, const cnn_layer_io *io, const pieces *p)
{
    return (conv_io){.samples = 1,
                     .x = p->between,
                     .kernel = io->weights[1],
                     .bias = v->use_bias ? io->weights[2] : NULL,
                     .scratch = p->point};
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const separable_conv2d *v = self;
    const conv_shape *s = &v->depth.s;
    const pieces p = cut(v, io->scratch);
    conv_io point = point_of(v, io, &p);
    for (size_t n = 0; n < io->samples; n++) {
        general_image(&v->depth, io->x + n * s->h * s->w * s->c, io->weights[0], NULL, p.between);
        point.y = io->y + n * conv_image(&v->point);
        direct_forward(&v->point, &point);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const separable_conv2d *v = self;
    const conv_shape *s = &v->depth.s;
    const size_t in = s->h * s->w * s->c, kernel = general_kernel(&v->depth);
    const pieces p = cut(v, io->scratch);
    conv_io point = point_of(v, io, &p);
    point.dx = p.dbetween;
    point.dkernel = io->dweights ? io->dweights[1] : NULL;
    point.dbias = io->dweights && v->use_bias ? io->dweights[2] : NULL;
    if (io->dx)
        memset(io->dx, 0, io->samples * in * sizeof(float));
    for (size_t n = 0; n < io->samples; n++) {
        const float *x = io->x + n * in;
        general_image(&v->depth, x, io->weights[0], NULL, p.between);
        point.dy = io->dy + n * conv_image(&v->point);
        direct_backward(&v->point, &point);
        memset(p.sums, 0, kernel * sizeof(float));
        general_image_back(&v->depth, x, io->weights[0], p.dbetween,
                           io->dx ? io->dx + n * in : NULL, io->dweights ? p.sums : NULL);
        for (size_t i = 0; io->dweights && i < kernel; i++)
            io->dweights[0][i] += p.sums[i];
    }
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{filters: 1, kernel_size: 2}",
     1e-5,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848),
      CNN_VALUES("dy", 1),
      CNN_VALUES("depthwise_kernel", -0.71200001, -0.80500001, -0.898, -0.991, 0.91900003,
                 0.82599998, 0.73299998, 0.63999999),
      CNN_VALUES("pointwise_kernel", -0.71200001, -0.80500001), CNN_VALUES("bias", -0.278),
      CNN_VALUES("y", -0.98878643),
      CNN_VALUES("dx", 0.50694402, 0.64802501, 0.63937601, 0.797755, -0.65432803, -0.66492999,
                 -0.521896, -0.51519999),
      CNN_VALUES("ddepthwise_kernel", 0.60947202, 0.83881005, 0.87433605, 1.13827, 1.1392, 1.43773,
                 1.404064, -1.4876401),
      CNN_VALUES("dpointwise_kernel", -1.20366, 1.9475681), CNN_VALUES("dbias", 1)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "separable_conv2d", "a depthwise convolution, and one of 1 x 1 behind it",
    .doc = "As Keras's SeparableConv2D: depthwise_kernel has (kh, kw, channels, depth_multiplier), "
           "pointwise_kernel (1, 1, channels * depth_multiplier, filters); one bias, at the end. "
           "PyTorch has two "
           "Conv2d for it.",
    .params = params, .golden = golden, .self_size = sizeof(separable_conv2d), .init = init,
    .plan = plan, .forward = forward, .backward = backward)
