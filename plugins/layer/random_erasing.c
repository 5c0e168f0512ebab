/* random_erasing.c - fills a random rectangle of images with one number while training (Zhong et
 * al. 2017, arXiv:1708.04896, "Random erasing data augmentation").
 *
 * The rectangle's area is uniform within `scale`, the logarithm of its height / width within
 * `ratio`, its place uniform among those where it lies inside the image; a side that is too long is
 * cut. */
#include <layer/augment.h>

typedef struct random_erasing {
    double factor, fill_value;
    cnn_reals scale, ratio;
    uint64_t h, w, c;
} random_erasing;

static const cnn_param params[] = {
    CNN_PARAM(random_erasing, factor, CNN_REAL, "1", 0, 1, 0,
              "Probability that an image is changed; torchvision's p is 0.5."),
    CNN_PARAM(random_erasing, scale, CNN_REALS, "[0.02, 0.33]", 0, 1, CNN_ABOVE_MIN,
              "Area of the rectangle, as part of the image's: [lower, upper]."),
    CNN_PARAM(random_erasing, ratio, CNN_REALS, "[0.3, 3.3]", 0, 1000, CNN_ABOVE_MIN,
              "Height of the rectangle over its width: [lower, upper]."),
    CNN_PARAM(random_erasing, fill_value, CNN_REAL, "0", -(double)INFINITY, (double)INFINITY, 0,
              "What it is filled with. Keras's default are random numbers, torchvision's 0."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const random_erasing *r = self;
    const cnn_reals *const both[] = {&r->scale, &r->ratio};
    static const char *const names[] = {"scale", "ratio"};
    for (int i = 0; i < 2; i++)
        if (both[i]->count != 2 || both[i]->items[0] > both[i]->items[1])
            return cnn_fail_at(error, names[i], 0, "%s must be [lower, upper]", names[i]);
    return 0;
}

/* The rectangle's rows and columns, [first, end); empty where nothing is erased. */
typedef struct rectangle {
    uint64_t top, bottom, left, right;
} rectangle;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    random_erasing *r = self;
    if (need_image(input, error))
        return -1;
    r->h = input->dim[0];
    r->w = input->dim[1];
    r->c = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_RANDOM | CNN_IN_PLACE | CNN_ELEMENTWISE;
    plan->saved_bytes = sizeof(rectangle);
    return 0;
}

/* At least one pixel long, at most n. */
static uint64_t side(double length, uint64_t n)
{
    return (uint64_t)fmax(1, fmin(floor(length + 0.5), (double)n));
}

static rectangle draw(const random_erasing *r, const cnn_random *random)
{
    if (cnn_random_uniform(random, 0) >= r->factor)
        return (rectangle){0, 0, 0, 0};
    const double area = draw_in(&r->scale, random, 1) * (double)r->h * (double)r->w;
    const double low = log(r->ratio.items[0]), high = log(r->ratio.items[1]);
    const double ratio = exp(low + (high - low) * cnn_random_uniform(random, 2));
    const uint64_t height = side(sqrt(area * ratio), r->h), width = side(sqrt(area / ratio), r->w);
    const uint64_t top = cnn_random_below(random, 3, r->h - height + 1),
                   left = cnn_random_below(random, 4, r->w - width + 1);
    return (rectangle){top, top + height, left, left + width};
}

static void fill(const random_erasing *r, const rectangle *e, float value, float *image)
{
    for (uint64_t i = e->top; i < e->bottom; i++)
        for (uint64_t k = e->left * r->c; k < e->right * r->c; k++)
            image[i * r->w * r->c + k] = value;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const random_erasing *r = self;
    const uint64_t count = r->h * r->w * r->c;
    if (io->y != io->x)
        memcpy(io->y, io->x, io->samples * count * sizeof(float));
    for (uint64_t s = 0; io->training && s < io->samples; s++) {
        rectangle *e = (rectangle *)io->saved + s;
        *e = draw(r, &io->random[s]);
        fill(r, e, (float)r->fill_value, io->y + s * count);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const random_erasing *r = self;
    const uint64_t count = r->h * r->w * r->c;
    if (!io->dx)
        return;
    if (io->dx != io->dy)
        memcpy(io->dx, io->dy, io->samples * count * sizeof(float));
    for (uint64_t s = 0; s < io->samples; s++)
        fill(r, (const rectangle *)io->saved + s, 0, io->dx + s * count);
}

CNN_LAYER(
    "random_erasing", "fills a random rectangle of images while training",
    .doc = "As Keras's RandomErasing and torchvision's; in evaluation the image stays as it is.",
    .params = params, .self_size = sizeof(random_erasing), .init = init, .plan = plan,
    .forward = forward, .backward = backward)
