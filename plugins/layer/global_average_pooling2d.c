/* global_average_pooling2d.c - the mean of each channel over an image. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>

typedef struct global_average_pooling2d {
    int32_t keepdims;
    uint64_t pixels, channels;
} global_average_pooling2d;

static const cnn_param params[] = {
    CNN_PARAM(
        global_average_pooling2d, keepdims, CNN_BOOL, "false", 0, 1, 0,
        "true: the output is an image of one pixel, 1 x 1 x channels; false: a row of channels."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    global_average_pooling2d *g = self;
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    g->pixels = input->dim[0] * input->dim[1];
    g->channels = input->dim[2];
    plan->output =
        g->keepdims ? (cnn_shape){3, {1, 1, g->channels}} : (cnn_shape){1, {g->channels}};
    plan->flops = (double)(g->pixels * g->channels);
    return 0;
}

/* The pixels are added in row-major order. */
static void forward(const void *self, const cnn_layer_io *io)
{
    const global_average_pooling2d *g = self;
    const float share = 1 / (float)g->pixels;
    for (uint64_t n = 0; n < io->samples; n++) {
        const float *x = io->x + n * g->pixels * g->channels;
        float *y = io->y + n * g->channels;
        for (uint64_t c = 0; c < g->channels; c++)
            y[c] = 0;
        for (uint64_t p = 0; p < g->pixels; p++)
            for (uint64_t c = 0; c < g->channels; c++)
                y[c] += x[p * g->channels + c];
        for (uint64_t c = 0; c < g->channels; c++)
            y[c] *= share;
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const global_average_pooling2d *g = self;
    const float share = 1 / (float)g->pixels;
    for (uint64_t n = 0; io->dx && n < io->samples; n++) {
        float *dx = io->dx + n * g->pixels * g->channels;
        const float *dy = io->dy + n * g->channels;
        for (uint64_t p = 0; p < g->pixels; p++)
            for (uint64_t c = 0; c < g->channels; c++)
                dx[p * g->channels + c] = dy[c] * share;
    }
}

static void equals(const void *self, cnn_operator *out)
{
    const global_average_pooling2d *g = self;
    out->id = g->keepdims ? CNN_OPERATOR_NONE : CNN_OPERATOR_GLOBAL_AVERAGE_POOL2D;
}

CNN_LAYER("global_average_pooling2d", "the mean of each channel over the whole image",
          .doc = "As Keras's GlobalAveragePooling2D and PyTorch's AdaptiveAvgPool2d(1). Residual "
                 "networks end in "
                 "it, before their last dense layer.",
          .self_size = sizeof(global_average_pooling2d), .params = params, .plan = plan,
          .equals = equals, .forward = forward, .backward = backward)
