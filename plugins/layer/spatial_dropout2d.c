/* spatial_dropout2d.c - sets random channels of images to zero while training, whole ones (Tompson
 * et al. 2014, arXiv:1411.4280, "Efficient object localization using convolutional networks").
 *
 * Neighbours in a channel are much alike, so dropping single ones takes little away. What is kept
 * is divided by 1 - rate; evaluation passes everything unchanged. */
/* isa: avx2 avx512 */
#include <cnnrun/layer.h>
#include <kernels/vector.h>

typedef struct spatial_dropout2d {
    double rate;
    uint64_t pixels, channels;
} spatial_dropout2d;

static const cnn_param params[] = {
    CNN_PARAM(
        spatial_dropout2d, rate, CNN_REAL, NULL, 0, 1, CNN_BELOW_MAX,
        "Part of the channels that is set to zero; the p of PyTorch's Dropout2d, whose default "
        "is 0.5."),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    spatial_dropout2d *d = self;
    if (input->rank != 3)
        return cnn_fail(error,
                        "its input has rank %llu; it must be an image, height x width x channels",
                        (unsigned long long)input->rank);
    d->pixels = input->dim[0] * input->dim[1];
    d->channels = input->dim[2];
    plan->output = *input;
    plan->flags = CNN_IN_PLACE | CNN_ELEMENTWISE | (d->rate > 0 ? CNN_RANDOM : 0);
    plan->saved_bytes = d->rate > 0 ? d->channels * sizeof(float) : 0; /* factors */
    return 0;
}

/* Channels that are dropped become 0 even where they hold infinity or NaN. */
static void scale(const spatial_dropout2d *d, const float *factor, const float *x, float *y)
{
    for (uint64_t p = 0; p < d->pixels; p++, x += d->channels, y += d->channels) {
        VEC_INDEPENDENT
        for (uint64_t c = 0; c < d->channels; c++)
            y[c] = vec_pick(factor[c] > 0, x[c] * factor[c], 0);
    }
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const spatial_dropout2d *d = self;
    const uint64_t count = d->pixels * d->channels;
    if (!io->training || d->rate <= 0) {
        if (io->y != io->x)
            memcpy(io->y, io->x, io->samples * count * sizeof(float));
        return;
    }
    for (uint64_t s = 0; s < io->samples; s++) {
        float *factor = (float *)io->saved + s * d->channels;
        for (uint64_t c = 0; c < d->channels; c++)
            factor[c] =
                cnn_random_uniform(&io->random[s], c) < d->rate ? 0 : (float)(1 / (1 - d->rate));
        scale(d, factor, io->x + s * count, io->y + s * count);
    }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const spatial_dropout2d *d = self;
    const uint64_t count = d->pixels * d->channels;
    if (!io->dx)
        return;
    if (d->rate <= 0 && io->dx != io->dy)
        memcpy(io->dx, io->dy, io->samples * count * sizeof(float));
    for (uint64_t s = 0; d->rate > 0 && s < io->samples; s++)
        scale(d, (const float *)io->saved + s * d->channels, io->dy + s * count,
              io->dx + s * count);
}

CNN_LAYER(
    "spatial_dropout2d", "sets random whole channels of images to zero while training",
    .doc =
        "As Keras's SpatialDropout2D and PyTorch's Dropout2d. What is kept is multiplied by 1 / (1 "
        "- rate), so that evaluation needs no scaling.",
    .params = params, .self_size = sizeof(spatial_dropout2d), .plan = plan, .forward = forward,
    .backward = backward)
