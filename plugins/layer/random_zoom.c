/* random_zoom.c - zooms images by a random factor while training, around their middle. */
#include <layer/augment.h>

typedef struct random_zoom {
    affine map;
    cnn_reals height_factor, width_factor;
} random_zoom;

static const cnn_param params[] = {
    CNN_PARAM(random_zoom, height_factor, CNN_REALS, NULL, -1, 10, CNN_ABOVE_MIN,
              "1 + factor times the height is seen, so that 0.2 zooms out by 20 % and -0.2 zooms "
              "in: [lower, "
              "upper], or [f] for [-f, f]."),
    CNN_PARAM(
        random_zoom, width_factor, CNN_REALS, "null", -1, 10, CNN_ABOVE_MIN | CNN_NULLABLE,
        "The same for the width; null: the number drawn for the height, which keeps the shape of "
        "things."),
    AFFINE_PARAMS,
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const random_zoom *z = self;
    if (z->height_factor.count == 1 && z->height_factor.items[0] >= 1)
        return cnn_fail_at(error, "height_factor", 0,
                           "height_factor [f] stands for [-f, f]; f must be below 1");
    if (z->width_factor.count == 1 && z->width_factor.items[0] >= 1)
        return cnn_fail_at(error, "width_factor", 0,
                           "width_factor [f] stands for [-f, f]; f must be below 1");
    if (z->width_factor.items && check_range("width_factor", &z->width_factor, error))
        return -1;
    return check_range("height_factor", &z->height_factor, error);
}

static void draw(const void *self, const cnn_random *random, double m[6])
{
    const random_zoom *z = self;
    const double high = 1 + draw_in(&z->height_factor, random, 0);
    const double wide = z->width_factor.items ? 1 + draw_in(&z->width_factor, random, 1) : high;
    const double row = ((double)z->map.h - 1) / 2, column = ((double)z->map.w - 1) / 2;
    const double map[6] = {high, 0, row - high * row, 0, wide, column - wide * column};
    memcpy(m, map, sizeof map);
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    return affine_plan(self, input, plan, error);
}

static void forward(const void *self, const cnn_layer_io *io)
{
    affine_forward(self, io, draw);
}

static void backward(const void *self, const cnn_layer_io *io)
{
    affine_backward(self, io);
}

CNN_LAYER("random_zoom", "zooms images at random while training",
          .doc = "As Keras's RandomZoom; in evaluation the image stays as it is. PyTorch has it in "
                 "torchvision, as RandomAffine.",
          .params = params, .self_size = sizeof(random_zoom), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
