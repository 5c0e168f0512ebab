/* random_crop.c - cuts a part out of images: at a random place while training, in evaluation from
 * the middle. */
#include <layer/augment.h>

typedef struct random_crop {
    int64_t height, width;
    uint64_t h, w, c;
} random_crop;

static const cnn_param params[] = {
    CNN_PARAM(random_crop, height, CNN_INTEGER, NULL, 1, 65535, 0, "Rows of the part."),
    CNN_PARAM(random_crop, width, CNN_INTEGER, NULL, 1, 65535, 0, "Columns of the part."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    random_crop *r = self;
    if (need_image(input, error))
        return -1;
    if ((uint64_t)r->height > input->dim[0] || (uint64_t)r->width > input->dim[1])
        return cnn_fail(
            error,
            "height and width are %lld and %lld, and the image has %llu x %llu pixels; the "
            "part must fit (zero_padding2d makes images larger)",
            (long long)r->height, (long long)r->width, (unsigned long long)input->dim[0],
            (unsigned long long)input->dim[1]);
    r->h = input->dim[0];
    r->w = input->dim[1];
    r->c = input->dim[2];
    plan->output = (cnn_shape){3, {(uint64_t)r->height, (uint64_t)r->width, r->c}};
    plan->flags = r->h > (uint64_t)r->height || r->w > (uint64_t)r->width ? CNN_RANDOM : 0;
    plan->saved_bytes = 2 * sizeof(uint64_t); /* its first row and column */
    return 0;
}

/* Where row i of a part that begins at `at` lies in the image, in floats. */
static uint64_t row_at(const random_crop *r, const uint64_t at[2], uint64_t i)
{
    return ((at[0] + i) * r->w + at[1]) * r->c;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const random_crop *r = self;
    const uint64_t height = (uint64_t)r->height, width = (uint64_t)r->width;
    for (uint64_t s = 0; s < io->samples; s++) {
        uint64_t at[2] = {(r->h - height) / 2, (r->w - width) / 2};
        if (io->training && io->random) {
            at[0] = cnn_random_below(&io->random[s], 0, r->h - height + 1);
            at[1] = cnn_random_below(&io->random[s], 1, r->w - width + 1);
        }
        if (io->saved)
            memcpy((uint64_t *)io->saved + 2 * s, at, sizeof at);
        for (uint64_t i = 0; i < height; i++)
            memcpy(io->y + (s * height + i) * width * r->c,
                   io->x + s * r->h * r->w * r->c + row_at(r, at, i), width * r->c * sizeof(float));
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const random_crop *r = self;
    const uint64_t height = (uint64_t)r->height, width = (uint64_t)r->width,
                   in = r->h * r->w * r->c;
    if (!io->dx)
        return;
    memset(io->dx, 0, io->samples * in * sizeof(float));
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t i = 0; i < height; i++)
            memcpy(io->dx + s * in + row_at(r, (const uint64_t *)io->saved + 2 * s, i),
                   io->dy + (s * height + i) * width * r->c, width * r->c * sizeof(float));
}

CNN_LAYER(
    "random_crop", "cuts a part out of images, at a random place while training",
    .doc =
        "As Keras's RandomCrop, which also makes images larger that are too small; here that is a "
        "mistake. In evaluation the part is the middle.",
    .params = params, .self_size = sizeof(random_crop), .plan = plan, .forward = forward,
    .backward = backward)
