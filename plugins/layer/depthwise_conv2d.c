/* depthwise_conv2d.c - convolution of each channel for itself: kernels/conv_general.h with a group
 * a channel. */
/* isa: avx2 avx512 */
#include <kernels/conv_window.h>

typedef struct depthwise_conv2d {
    conv_window window;
    int64_t depth_multiplier;
    int32_t use_bias;
    conv_general place;
} depthwise_conv2d;

static const cnn_param params[] = {
    CONV_WINDOW_PARAMS,
    CNN_PARAM(depthwise_conv2d, depth_multiplier, CNN_INTEGER, "1", 1, 1024, 0,
              "Outputs of each channel."),
    CNN_PARAM_BOOL(depthwise_conv2d, use_bias, "true",
                   "Whether a number for each output is added."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    return conv_window_init(&((const depthwise_conv2d *)self)->window, error);
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    depthwise_conv2d *d = self;
    const conv_shape *s = &d->place.s;
    const uint64_t each = (uint64_t)d->depth_multiplier, channels = input->dim[2];
    if (conv_window_place(&d->window, "depthwise_conv2d", input, channels * each, channels,
                          &d->place, error))
        return -1;
    const uint64_t taps = s->kh * s->kw;
    plan->output = (cnn_shape){3, {s->oh, s->ow, s->o}};
    plan->flags = CNN_USES_INPUT;
    plan->weights[0] = (cnn_weight){"kernel",    "glorot_uniform", {4, {s->kh, s->kw, s->c, each}},
                                    taps * s->c, taps * each,      CNN_ROLE_KERNEL};
    plan->weights[1] = (cnn_weight){"bias", "zeros", {1, {s->o}}, s->o, s->o, CNN_ROLE_BIAS};
    plan->weight_count = d->use_bias ? 2 : 1;
    plan->scratch_bytes = general_scratch(&d->place) * sizeof(float);
    plan->flops = 2 * (double)(s->oh * s->ow) * (double)taps * (double)s->o;
    return 0;
}

static conv_io shard_of(const depthwise_conv2d *d, const cnn_layer_io *io)
{
    const bool bias = d->use_bias != 0;
    return (conv_io){.samples = io->samples,
                     .x = io->x,
                     .kernel = io->weights[0],
                     .bias = bias ? io->weights[1] : NULL,
                     .y = io->y,
                     .dy = io->dy,
                     .dx = io->dx,
                     .dkernel = io->dweights ? io->dweights[0] : NULL,
                     .dbias = io->dweights && bias ? io->dweights[1] : NULL,
                     .scratch = io->scratch};
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const depthwise_conv2d *d = self;
    const conv_io shard = shard_of(d, io);
    general_forward(&d->place, &shard);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const depthwise_conv2d *d = self;
    const conv_io shard = shard_of(d, io);
    general_backward(&d->place, &shard);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{kernel_size: 2}",
     1e-5,
     {3, {3, 3, 2}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414, -1.6, -1.786, -1.972, 1.848,
                 1.6619999, 1.476, 1.29, 1.104, 0.91799998, 0.73199999, 0.546, 0.36000001,
                 0.17399999, -0.012),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("kernel", -0.71200001, -0.80500001, -0.898, -0.991, 0.91900003, 0.82599998,
                 0.73299998, 0.63999999),
      CNN_VALUES("bias", -0.278, -0.46399999),
      CNN_VALUES("y", 0.84019392, 4.247172, 4.506084, 4.3699319, 0.87744808, -2.579324, -1.9904479,
                 -2.4565639),
      CNN_VALUES("dx", -0.71200001, 1.61, -1.254, -0.43300003, -0.449, -2.973, 0.20700002,
                 -0.041999936, -0.061500013, 0.76499993, -0.082500011, -1.053, 0.91900003, -1.652,
                 1.1925, 1.198, 0.36649999, 1.92),
      CNN_VALUES("dkernel", -2.6110001, -1.4260002, 0.27899987, -2.17, 0.049999952, 0.34799981,
                 2.9399999, -0.39600001),
      CNN_VALUES("dbias", 3, 2)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("depthwise_conv2d", "convolution of each channel for itself",
          .doc = "y[i, j, c m + k] = b[c m + k] + sum over (u, v) of x[i s + u, j s + v, c] w[u, "
                 "v, c, k], with m = "
                 "depth_multiplier and k < m. As Keras's DepthwiseConv2D, whose fans it has; "
                 "PyTorch's Conv2d "
                 "with groups = channels counts kh * kw as fan_in.",
          .params = params, .golden = golden, .self_size = sizeof(depthwise_conv2d), .init = init,
          .plan = plan, .forward = forward, .backward = backward)
