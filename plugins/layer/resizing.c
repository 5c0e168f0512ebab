/* resizing.c - images of a given size. */
/* isa: avx2 avx512 */
#include <layer/resample.h>

typedef struct resizing {
    int64_t height, width;
    int32_t interpolation;
    resample resample;
} resizing;

static const char *const interpolations[] = {"bilinear", "nearest", NULL};

static const cnn_param params[] = {
    CNN_PARAM(resizing, height, CNN_INTEGER, NULL, 1, 65535, 0, "Rows of the output."),
    CNN_PARAM(resizing, width, CNN_INTEGER, NULL, 1, 65535, 0, "Columns of the output."),
    CNN_PARAM_CHOICE(
        resizing, interpolation, "bilinear", interpolations,
        "bilinear mixes the four pixels around, without antialiasing, as in Keras; nearest "
        "takes one, as PyTorch's nearest-exact does."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    resizing *r = self;
    r->resample.nearest = r->interpolation == 1;
    return resample_plan(&r->resample, input, (uint64_t)r->height, (uint64_t)r->width, plan, error);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    resample_forward(&((const resizing *)self)->resample, io);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    resample_backward(&((const resizing *)self)->resample, io);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{height: 3, width: 2}",
     1e-5,
     {3, {2, 2, 1}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2),
      CNN_VALUES("y", -0.85600001, -1.0420001, -1.042, -1.228, -1.228, -1.414),
      CNN_VALUES("dx", 1.25, -0.5, 1.25, -0.5)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("resizing", "images of a given size",
          .doc = "As Keras's Resizing with its defaults, and PyTorch's interpolate with "
                 "align_corners false. "
                 "An image that becomes much smaller is not smoothed before.",
          .params = params, .golden = golden, .self_size = sizeof(resizing), .plan = plan,
          .forward = forward, .backward = backward)
