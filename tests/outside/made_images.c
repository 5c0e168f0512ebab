/* made_images.c - images of any size and number of channels, made by a formula: for each class a pattern,
 * and noise of the same strength for each image. */
#include <cnnrun/dataset.h>

#include <stdlib.h>

typedef struct made_images {
    int64_t samples, size, channels, classes;
    cnn_reals weights;
    cnn_texts names;
    float *images, *of_samples;
    int32_t *labels;
} made_images;

static const cnn_param params[] = {
    CNN_PARAM(made_images, samples, CNN_INTEGER, "100", 1, 100000, 0, "images"),
    CNN_PARAM(made_images, size, CNN_INTEGER, "32", 1, 256, 0, "height and width"),
    CNN_PARAM(made_images, channels, CNN_INTEGER, "3", 1, 256, 0, "channels"),
    CNN_PARAM(made_images, classes, CNN_INTEGER, "10", 2, 1000, 0, "classes"),
    CNN_PARAM(made_images, weights, CNN_REALS, "[]", 0, 1e6, 0, "of samples, one for each class"),
    CNN_PARAM(made_images, names, CNN_TEXTS, "[]", 0, 0, 0, "of the classes"),
    CNN_PARAM_END,
};

/* A number in [-0.5, 0.5), as tests/golden/gradients.py has it. */
static double mixed(uint32_t n)
{
    n = (n ^ n >> 16) * 0x7feb352dU;
    n = (n ^ n >> 15) * 0x846ca68bU;
    return (n ^ n >> 16) / 4294967296.0 - 0.5;
}

static int open_made(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    made_images *d = self;
    const uint64_t samples = (uint64_t)d->samples,
                   count = (uint64_t)(d->size * d->size * d->channels);
    (void)random;
    d->images = malloc(samples * count * sizeof *d->images);
    d->labels = malloc(samples * sizeof *d->labels);
    d->of_samples = malloc(samples * sizeof *d->of_samples);
    if (!d->images || !d->labels || !d->of_samples)
        return cnn_fail_memory(error, samples * (count + 2) * sizeof(float));
    if ((d->names.count && d->names.count < (uint64_t)d->classes) ||
        (d->weights.count && d->weights.count < (uint64_t)d->classes))
        return cnn_fail(error, "there are fewer names or weights than classes");
    for (uint64_t s = 0; s < samples; s++) {
        d->labels[s] = (int32_t)(s % (uint64_t)d->classes);
        d->of_samples[s] = d->weights.count ? (float)d->weights.items[d->labels[s]] : 1;
        for (uint64_t i = 0; i < count; i++)
            d->images[s * count + i] = (float)(mixed((uint32_t)(d->labels[s] * 1000003 + i)) +
                                               mixed((uint32_t)(s * count + i)));
    }
    view->samples = samples;
    view->classes = (uint64_t)d->classes;
    view->shape = (cnn_shape){
        3, {(uint64_t)d->size, (uint64_t)d->size, (uint64_t)d->channels}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 1;
    view->images = d->images;
    view->labels = d->labels;
    view->weights = d->weights.count ? d->of_samples : NULL;
    view->names = d->names.count ? d->names.items : NULL;
    return 0;
}

static void fini(void *self)
{
    made_images *d = self;
    free(d->images);
    free(d->labels);
    free(d->of_samples);
}

CNN_DATASET("made_images", "images made by a formula", .params = params,
            .self_size = sizeof(made_images), .fini = fini, .open = open_made)
