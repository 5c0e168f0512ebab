/* random_flip.c - mirrors images with probability 1/2 while training. */
#include <layer/augment.h>

enum { BOTH, HORIZONTAL, VERTICAL };

typedef struct random_flip {
    int32_t mode;
    uint64_t h, w, c;
} random_flip;

static const char *const modes[] = {"horizontal_and_vertical", "horizontal", "vertical", NULL};

static const cnn_param params[] = {
    CNN_PARAM_CHOICE(
        random_flip, mode, "horizontal_and_vertical", modes,
        "horizontal: left and right change places; vertical: top and bottom; both: each "
        "of the two for itself."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    random_flip *f = self;
    if (need_image(input, error))
        return -1;
    f->h = input->dim[0];
    f->w = input->dim[1];
    f->c = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_RANDOM;
    plan->saved_bytes = 2; /* whether rows, and columns, are reversed */
    return 0;
}

static void mirror(const random_flip *f, const uint8_t flips[2], const float *from, float *to)
{
    for (uint64_t p = 0; p < f->h * f->w; p++, to += f->c) {
        const uint64_t i = p / f->w, j = p % f->w;
        const uint64_t row = flips[0] ? f->h - 1 - i : i, column = flips[1] ? f->w - 1 - j : j;
        memcpy(to, from + (row * f->w + column) * f->c, f->c * sizeof(float));
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const random_flip *f = self;
    const uint64_t count = f->h * f->w * f->c;
    if (!io->training)
        memcpy(io->y, io->x, io->samples * count * sizeof(float));
    for (uint64_t s = 0; io->training && s < io->samples; s++) {
        uint8_t *flips = (uint8_t *)io->saved + 2 * s;
        flips[0] = f->mode != HORIZONTAL && cnn_random_below(&io->random[s], 0, 2);
        flips[1] = f->mode != VERTICAL && cnn_random_below(&io->random[s], 1, 2);
        mirror(f, flips, io->x + s * count, io->y + s * count);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const random_flip *f = self;
    const uint64_t count = f->h * f->w * f->c;
    for (uint64_t s = 0; io->dx && s < io->samples; s++)
        mirror(f, (const uint8_t *)io->saved + 2 * s, io->dy + s * count, io->dx + s * count);
}

CNN_LAYER("random_flip", "mirrors images at random while training",
          .doc = "As Keras's RandomFlip; in evaluation the image stays as it is. torchvision has "
                 "RandomHorizontalFlip and RandomVerticalFlip.",
          .params = params, .self_size = sizeof(random_flip), .plan = plan, .forward = forward,
          .backward = backward)
