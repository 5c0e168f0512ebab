/* template_name.c - drawn images of a bright bar, whose row is the class.
 *
 * The manual of datasets is <cnnrun/dataset.h>. */
#include <cnnrun/dataset.h>
#include <stdlib.h>

#define SIZE 16 /* height and width of an image */
#define CLASSES 8
#define PIXELS ((uint64_t)SIZE * SIZE)

/* The parameters, as a pipeline may set them: train: {template_name: {samples: 500}}. Behind them
 * what the dataset keeps for itself. */
struct settings {
    int64_t samples;
    uint8_t *images;
    int32_t *labels;
};

static const cnn_param params[] = {
    /* struct, field, type, default, least, most, flags, help */
    CNN_PARAM(struct settings, samples, CNN_INTEGER, "2000", 1, 1000000, 0, "number of images"),
    CNN_PARAM_END,
};

/* A bar of two rows somewhere between black and white, on dark noise. */
static void draw(const cnn_random *random, int32_t label, uint8_t *image)
{
    const double light = 64 + 191 * cnn_random_uniform(random, PIXELS);
    for (uint64_t i = 0; i < PIXELS; i++) {
        const double noise = 128 * cnn_random_uniform(random, i);
        const int on = i / SIZE / 2 == (uint64_t)label;
        image[i] = (uint8_t)(on && light > noise ? light : noise);
    }
}

/* Required, called once. Makes the data, or reads it, and fills the view; what it points to is
 * yours and must stay as it is until fini. Failures: `return cnn_fail(error, "which file, what is
 * wrong, what was expected")`. Data from a file: a string parameter with the flag CNN_PATH names
 * it; what its header says is a claim, so look at the file's size before you allocate on its word.
 * Targets may also be vectors, and samples may be given one at a time: see <cnnrun/dataset.h>. */
static int open_bars(void *data, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    struct settings *self = data;
    const uint64_t samples = (uint64_t)self->samples;
    self->images = malloc(samples * PIXELS);
    self->labels = malloc(samples * sizeof *self->labels);
    if (!self->images || !self->labels)
        return cnn_fail_memory(error, samples * (PIXELS + sizeof *self->labels));
    for (uint64_t i = 0; i < samples; i++) {
        const cnn_random own = cnn_random_split(random, i); /* a stream for each image */
        self->labels[i] = (int32_t)(i % CLASSES);
        draw(&own, self->labels[i], self->images + i * PIXELS);
    }
    view->samples = samples;
    view->classes = CLASSES;
    view->shape = (cnn_shape){.rank = 3, .dim = {SIZE, SIZE, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255; /* floats in [0, 1] */
    view->images = self->images;
    view->labels = self->labels;
    return 0;
}

/* Called at the end, also when open failed. */
static void fini(void *data)
{
    struct settings *self = data;
    free(self->images);
    free(self->labels);
}

/* The name must be the file's. `doc` is what `cnnrun plugins template_name` prints. */
CNN_DATASET("template_name", "drawn images of a bright bar, whose row is the class",
            .doc = "Images of 16 by 16 with a bar in one of eight places, on noise.",
            .params = params, .self_size = sizeof(struct settings), .open = open_bars, .fini = fini)
