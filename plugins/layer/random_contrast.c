/* random_contrast.c - changes the contrast of images by a random factor f while training:
 *
 *   y = mean + f (x - mean),  dx = f dy + (1 - f) * the mean of dy
 *
 * with the mean of each channel of the image. */
#include <layer/augment.h>

typedef struct random_contrast {
    cnn_reals factor;
    uint64_t pixels, channels;
} random_contrast;

static const cnn_param params[] = {
    CNN_PARAM(
        random_contrast, factor, CNN_REALS, NULL, -1, 100, 0,
        "f is uniform in [1 - lower, 1 + upper], written as [lower, upper], or [f] for both. Keras "
        "then cuts numbers off at value_range; here they stay as they are."),
    CNN_PARAM_END,
};

static int init(void *self, cnn_error *error)
{
    const random_contrast *r = self;
    const cnn_reals *f = &r->factor;
    if ((f->count != 1 && f->count != 2) || f->items[0] > 1 ||
        f->items[0] + f->items[f->count - 1] < 0)
        return cnn_fail_at(
            error, "factor", 0,
            "factor must be [lower, upper] or one number; lower at most 1, and 1 - lower at "
            "most 1 + upper");
    return 0;
}

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    random_contrast *r = self;
    if (need_image(input, error))
        return -1;
    r->pixels = input->dim[0] * input->dim[1];
    r->channels = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_RANDOM | CNN_IN_PLACE;
    plan->saved_bytes = sizeof(double); /* f */
    return 0;
}

/* Both ways are the same map, since the mean is kept. */
static void stretch(const random_contrast *r, double f, const float *from, float *to)
{
    for (uint64_t c = 0; c < r->channels; c++) {
        double sum = 0;
        for (uint64_t p = 0; p < r->pixels; p++)
            sum += (double)from[p * r->channels + c];
        const double mean = sum / (double)r->pixels;
        for (uint64_t p = 0; p < r->pixels; p++)
            to[p * r->channels + c] =
                (float)(mean + f * ((double)from[p * r->channels + c] - mean));
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const random_contrast *r = self;
    const uint64_t count = r->pixels * r->channels;
    if (!io->training && io->y != io->x)
        memcpy(io->y, io->x, io->samples * count * sizeof(float));
    for (uint64_t s = 0; io->training && s < io->samples; s++) {
        const double lower = 1 - r->factor.items[0],
                     upper = 1 + r->factor.items[r->factor.count - 1];
        double *f = (double *)io->saved + s;
        *f = lower + (upper - lower) * cnn_random_uniform(&io->random[s], 0);
        stretch(r, *f, io->x + s * count, io->y + s * count);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const random_contrast *r = self;
    const uint64_t count = r->pixels * r->channels;
    for (uint64_t s = 0; io->dx && s < io->samples; s++)
        stretch(r, ((const double *)io->saved)[s], io->dy + s * count, io->dx + s * count);
}

CNN_LAYER("random_contrast", "changes the contrast of images at random while training",
          .doc = "y = mean + f (x - mean), for each channel with its own mean. As Keras's "
                 "RandomContrast; in "
                 "evaluation the image stays as it is.",
          .params = params, .self_size = sizeof(random_contrast), .init = init, .plan = plan,
          .forward = forward, .backward = backward)
