/* zero_padding2d.c - rows and columns of zeros around an image. */
#include <cnnrun/layer.h>
#include <kernels/windows.h>
#include <string.h>

typedef struct zero_padding2d {
    cnn_integers padding;
    uint64_t h, w, c, out_h, out_w, top, left;
} zero_padding2d;

static const cnn_param params[] = {
    CNN_PARAM(
        zero_padding2d, padding, CNN_INTEGERS, "[1, 1]", 0, MAX_PAD, 0,
        "Zeros on all sides, [n]; rows and columns on both sides, [vertical, horizontal]; or [top, "
        "bottom, left, right]. Keras writes [[top, bottom], [left, right]], and PyTorch's "
        "ZeroPad2d has the order left, right, top, bottom."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const zero_padding2d *z = self;
    const uint64_t n = z->padding.count;
    if (n == 1 || n == 2 || n == 4)
        return 0;
    return cnn_fail_at(
        error, "padding", 0,
        "padding has %llu numbers; it must be [all], [vertical, horizontal] or [top, bottom, "
        "left, right]",
        (unsigned long long)n);
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    zero_padding2d *z = self;
    windows rows = {0}, columns = {0};
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    windows_pads(&rows, &z->padding, 0);
    windows_pads(&columns, &z->padding, 1);
    z->h = input->dim[0];
    z->w = input->dim[1];
    z->c = input->dim[2];
    z->top = rows.before;
    z->left = columns.before;
    z->out_h = z->h + rows.before + rows.after;
    z->out_w = z->w + columns.before + columns.after;
    plan->output = (cnn_shape){3, {z->out_h, z->out_w, z->c}};
    return 0;
}

/* Where row i of the image of a sample begins among the outputs. */
static uint64_t row_at(const zero_padding2d *z, uint64_t sample, uint64_t i)
{
    return ((sample * z->out_h + z->top + i) * z->out_w + z->left) * z->c;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const zero_padding2d *z = self;
    const uint64_t row = z->w * z->c;
    memset(io->y, 0, io->samples * z->out_h * z->out_w * z->c * sizeof(float));
    for (uint64_t i = 0; i < io->samples * z->h; i++)
        memcpy(io->y + row_at(z, i / z->h, i % z->h), io->x + i * row, row * sizeof(float));
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const zero_padding2d *z = self;
    const uint64_t row = z->w * z->c;
    for (uint64_t i = 0; io->dx && i < io->samples * z->h; i++)
        memcpy(io->dx + i * row, io->dy + row_at(z, i / z->h, i % z->h), row * sizeof(float));
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {1, 2, 2}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1,
                 -2, 0.5, 3),
      CNN_VALUES("y", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.85600001, -1.0420001, -1.228, -1.414, 0, 0,
                 0, 0, 0, 0, 0, 0, 0, 0),
      CNN_VALUES("dx", 0.5, 3, 1, -2)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("zero_padding2d", "rows and columns of zeros around an image",
          .doc = "As Keras's ZeroPadding2D and PyTorch's ZeroPad2d.", .params = params,
          .golden = golden, .self_size = sizeof(zero_padding2d), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
