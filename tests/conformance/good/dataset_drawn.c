/* dataset_drawn.c - floats drawn from the stream handed in, in memory that fini gives back. */
#include <cnnrun/dataset.h>
#include <stdlib.h>

struct drawn {
    int64_t samples;
    float *images;
    int32_t *labels;
};

static const cnn_param params[] = {
    CNN_PARAM(struct drawn, samples, CNN_INTEGER, "60", 2, 100000, 0, "how many there are"),
    CNN_PARAM_END,
};

static int open_images(void *data, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    struct drawn *self = data;
    const uint64_t samples = (uint64_t)self->samples, per = 3 * 3;
    self->images = malloc(samples * per * sizeof *self->images);
    self->labels = malloc(samples * sizeof *self->labels);
    if (!self->images || !self->labels)
        return cnn_fail(error, "there is no memory for %d samples", (int)samples);
    for (uint64_t i = 0; i < samples * per; i++)
        self->images[i] = (float)cnn_random_uniform(random, i);
    for (uint64_t i = 0; i < samples; i++)
        self->labels[i] = self->images[i * per] > self->images[i * per + 1];
    view->samples = samples;
    view->classes = 2;
    view->shape = (cnn_shape){3, {3, 3, 1}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 2;
    view->offset = -1;
    view->images = self->images;
    view->labels = self->labels;
    return 0;
}

static void fini(void *data)
{
    free(((struct drawn *)data)->images);
    free(((struct drawn *)data)->labels);
}

CNN_DATASET("dataset_drawn", "floats drawn from the stream handed in", .params = params,
            .self_size = sizeof(struct drawn), .open = open_images, .fini = fini)
