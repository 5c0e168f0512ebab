/* dataset_by_index.c - images and vectors one at a time, drawn from the stream handed in; samples have weights. */
#include <cnnrun/dataset.h>

#define SAMPLES 70u
#define PIXELS 12u

struct by_index {
    cnn_random random;
    float weights[SAMPLES];
};

static int open_images(void *data, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    struct by_index *self = data;
    (void)error;
    self->random = *random;
    for (uint64_t i = 0; i < SAMPLES; i++)
        self->weights[i] = (float)(i % 3);
    view->samples = SAMPLES;
    view->target_size = 1;
    view->shape = (cnn_shape){3, {3, 4, 1}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 1;
    view->weights = self->weights;
    view->fingerprint = "drawn 1";
    return 0;
}

static int sample(const void *data, uint64_t index, void *image, float *target, cnn_error *error)
{
    const struct by_index *self = data;
    const cnn_random own = cnn_random_split(&self->random, index);
    float *pixels = image;
    (void)error;
    for (uint64_t i = 0; pixels && i < PIXELS; i++)
        pixels[i] = (float)cnn_random_uniform(&own, i);
    if (target)
        *target = (float)cnn_random_uniform(&own, 0);
    return 0;
}

CNN_DATASET("dataset_by_index", "images and vectors, one at a time", .self_size = sizeof(struct by_index),
            .open = open_images, .sample = sample)
