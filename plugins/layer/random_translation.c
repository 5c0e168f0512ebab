/* random_translation.c - moves images by a random way while training. */
#include <layer/augment.h>

typedef struct random_translation {
    affine map;
    cnn_reals height_factor, width_factor;
} random_translation;

static const cnn_param params[] = {
    CNN_PARAM(random_translation, height_factor, CNN_REALS, NULL, -1, 1, 0,
              "How far down, as part of the height: [lower, upper], or [f] for [-f, f]."),
    CNN_PARAM(random_translation, width_factor, CNN_REALS, NULL, -1, 1, 0,
              "How far to the right, as part of the width."),
    AFFINE_PARAMS,
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const random_translation *t = self;
    return check_range("height_factor", &t->height_factor, error) ||
                   check_range("width_factor", &t->width_factor, error)
               ? -1
               : 0;
}

static void draw(const void *self, const cnn_random *random, double m[6])
{
    const random_translation *t = self;
    const double down = draw_in(&t->height_factor, random, 0) * (double)t->map.h;
    const double right = draw_in(&t->width_factor, random, 1) * (double)t->map.w;
    const double map[6] = {1, 0, -down, 0, 1, -right};
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

CNN_LAYER("random_translation", "moves images at random while training",
          .doc = "As Keras's RandomTranslation; in evaluation the image stays as it is. PyTorch "
                 "has it in torchvision, as RandomAffine.",
          .params = params, .self_size = sizeof(random_translation), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
