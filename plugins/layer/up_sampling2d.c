/* up_sampling2d.c - images of twice the size, or of other multiples. */
/* isa: avx2 avx512 */
#include <layer/resample.h>

typedef struct up_sampling2d {
    cnn_shape size;
    int32_t interpolation;
    resample resample;
} up_sampling2d;

static const char *const interpolations[] = {"nearest", "bilinear", NULL};

static const cnn_param params[] = {
    CNN_PARAM(up_sampling2d, size, CNN_SHAPE, "2", 1, 16, 0,
              "How many times as high and as wide; PyTorch's scale_factor."),
    CNN_PARAM_CHOICE(up_sampling2d, interpolation, "nearest", interpolations,
                     "nearest repeats pixels; bilinear mixes the four around, as PyTorch does with "
                     "align_corners false."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const up_sampling2d *u = self;
    if (u->size.rank != 2)
        return cnn_fail_at(error, "size", 0,
                           "size has %llu numbers; it must have 2, for height and width",
                           (unsigned long long)u->size.rank);
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    up_sampling2d *u = self;
    u->resample.nearest = u->interpolation == 0;
    return resample_plan(&u->resample, input, input->dim[0] * u->size.dim[0],
                         input->dim[1] * u->size.dim[1], plan, error);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    resample_forward(&((const up_sampling2d *)self)->resample, io);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    resample_backward(&((const up_sampling2d *)self)->resample, io);
}

/* By tests/golden/layers.py. */
static const cnn_golden golden[] = {
    {"{}",
     1e-5,
     {3, {1, 2, 2}},
     {CNN_VALUES("x", -0.85600001, -1.0420001, -1.228, -1.414),
      CNN_VALUES("dy", 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1, -2, 0.5, 3, 1, -2, 0.5, 3),
      CNN_VALUES("y", -0.85600001, -1.0420001, -0.85600001, -1.0420001, -1.228, -1.414, -1.228,
                 -1.414, -0.85600001, -1.0420001, -0.85600001, -1.0420001, -1.228, -1.414, -1.228,
                 -1.414),
      CNN_VALUES("dx", 3, 2, 3, 2)}},
    CNN_GOLDEN_END,
};

CNN_LAYER("up_sampling2d", "images of twice the size, or of other multiples",
          .doc = "As Keras's UpSampling2D and PyTorch's Upsample.", .params = params,
          .golden = golden, .self_size = sizeof(up_sampling2d), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
