/* random_rotation.c - turns images by a random angle while training, around their middle. */
#include <layer/augment.h>

typedef struct random_rotation {
    affine map;
    cnn_reals factor;
} random_rotation;

static const cnn_param params[] = {
    CNN_PARAM(
        random_rotation, factor, CNN_REALS, NULL, -1, 1, 0,
        "The angle, as part of a full turn, counter-clockwise: [lower, upper], or [f] for [-f, f]; "
        "0.1 is 36 degrees. torchvision's RandomRotation takes degrees."),
    AFFINE_PARAMS,
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    return check_range("factor", &((const random_rotation *)self)->factor, error);
}

static void draw(const void *self, const cnn_random *random, double m[6])
{
    const random_rotation *r = self;
    const double angle = 6.283185307179586 * draw_in(&r->factor, random, 0), c = cos(angle),
                 s = sin(angle);
    const double row = ((double)r->map.h - 1) / 2, column = ((double)r->map.w - 1) / 2;
    const double map[6] = {c, s, row - c * row - s * column, -s, c, column + s * row - c * column};
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

CNN_LAYER("random_rotation", "turns images at random while training",
          .doc = "As Keras's RandomRotation; in evaluation the image stays as it is.",
          .params = params, .self_size = sizeof(random_rotation), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
