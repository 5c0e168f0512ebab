/* old_dataset.c - a dataset of ABI 2.0. */
#include <cnnrun/dataset.h>
#include <stdlib.h>

#define SIZE 16
#define CLASSES 8
#define PIXELS ((uint64_t)SIZE * SIZE)

struct settings {
    int64_t samples;
    uint8_t *images;
    int32_t *labels;
};

static const cnn_param params[] = {
    CNN_PARAM(struct settings, samples, CNN_INTEGER, "2000", 1, 1000000, 0, "number of images"),
    CNN_PARAM_END,
};

static void draw(const cnn_random *random, int32_t label, uint8_t *image)
{
    const double light = 64 + 191 * cnn_random_uniform(random, PIXELS);
    for (uint64_t i = 0; i < PIXELS; i++) {
        const double noise = 128 * cnn_random_uniform(random, i);
        const int on = i / SIZE / 2 == (uint64_t)label;
        image[i] = (uint8_t)(on && light > noise ? light : noise);
    }
}

static int open_bars(void *data, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    struct settings *self = data;
    const uint64_t samples = (uint64_t)self->samples;
    self->images = malloc(samples * PIXELS);
    self->labels = malloc(samples * sizeof *self->labels);
    if (!self->images || !self->labels)
        return cnn_fail(error, "there is no memory for %llu images", (unsigned long long)samples);
    for (uint64_t i = 0; i < samples; i++) {
        const cnn_random own = cnn_random_split(random, i);
        self->labels[i] = (int32_t)(i % CLASSES);
        draw(&own, self->labels[i], self->images + i * PIXELS);
    }
    view->samples = samples;
    view->classes = CLASSES;
    view->shape = (cnn_shape){.rank = 3, .dim = {SIZE, SIZE, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = self->images;
    view->labels = self->labels;
    return 0;
}

static void fini(void *data)
{
    struct settings *self = data;
    free(self->images);
    free(self->labels);
}

CNN_DATASET("old_dataset", "drawn images of a bright bar, whose row is the class",
            .doc = "Images of 16 by 16 with a bar in one of eight places, on noise.",
            .params = params, .self_size = sizeof(struct settings), .open = open_bars, .fini = fini)
