/* global_max_pooling2d.c - the largest of each channel over an image; NaN is above all numbers.
 *
 * Back, dy goes to the first of the largest in row-major order, whose pixel forward has kept. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <string.h>

typedef struct global_max_pooling2d {
    int32_t keepdims;
    uint64_t pixels, channels;
} global_max_pooling2d;

static const cnn_param params[] = {
    CNN_PARAM_BOOL(
        global_max_pooling2d, keepdims, "false",
        "true: the output is an image of one pixel, 1 x 1 x channels; false: a row of channels."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    global_max_pooling2d *g = self;
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    if (input->dim[0] * input->dim[1] > UINT32_MAX)
        return cnn_fail(error, "its input has more than 2^32 pixels");
    g->pixels = input->dim[0] * input->dim[1];
    g->channels = input->dim[2];
    plan->output =
        g->keepdims ? (cnn_shape){3, {1, 1, g->channels}} : (cnn_shape){1, {g->channels}};
    plan->saved_bytes = g->channels * sizeof(uint32_t); /* the pixel of each maximum */
    plan->flops = (double)(g->pixels * g->channels);
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const global_max_pooling2d *g = self;
    for (uint64_t n = 0; n < io->samples; n++) {
        const float *x = io->x + n * g->pixels * g->channels;
        float *y = io->y + n * g->channels;
        uint32_t *place = io->saved ? (uint32_t *)io->saved + n * g->channels : NULL;
        memcpy(y, x, g->channels * sizeof(float));
        if (place)
            memset(place, 0, g->channels * sizeof *place);
        for (uint32_t p = 1; p < g->pixels; p++)
            for (uint64_t c = 0; c < g->channels; c++) {
                const float v = x[p * g->channels + c];
                if (!(v > y[c] || (v != v && y[c] == y[c])))
                    continue;
                y[c] = v;
                if (place)
                    place[c] = p;
            }
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const global_max_pooling2d *g = self;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * g->pixels * g->channels * sizeof(float));
    for (uint64_t n = 0; n < io->samples; n++) {
        const uint32_t *place = (const uint32_t *)io->saved + n * g->channels;
        float *dx = io->dx + n * g->pixels * g->channels;
        for (uint64_t c = 0; c < g->channels; c++)
            dx[place[c] * g->channels + c] = io->dy[n * g->channels + c];
    }
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {2, 2, 2}},
     {CNN_VALUES("x", 1, -2, 3, -1, 3, -1, 0, -4), CNN_VALUES("dy", 1, -2), CNN_VALUES("y", 3, -1),
      CNN_VALUES("dx", 0, 0, 1, -2, 0, 0, 0, 0)}},
    CNN_GOLDEN_END,
};

CNN_LAYER(
    "global_max_pooling2d", "the largest of each channel over the whole image",
    .doc = "As Keras's GlobalMaxPooling2D and PyTorch's AdaptiveMaxPool2d(1). The gradient goes to "
           "the first of the largest.",
    .params = params, .golden = golden, .self_size = sizeof(global_max_pooling2d), .plan = plan,
    .forward = forward, .backward = backward)
