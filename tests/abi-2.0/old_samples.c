/* old_samples.c - a dataset of ABI 2.0 that gives samples one at a time, with names and weights. */
#include <cnnrun/dataset.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 8u
#define CLASSES 3u

typedef struct old_samples {
    int64_t samples;
    cnn_numbers lights; /* brightness of named classes */
    cnn_texts names;
    const char *shown[CLASSES];
    double light[CLASSES];
    int32_t *labels;
    float *weights;
    cnn_random random;
} old_samples;

static const cnn_param params[] = {
    CNN_PARAM(old_samples, samples, CNN_INTEGER, "150", 1, 100000, 0, "number of images"),
    CNN_PARAM(old_samples, lights, CNN_NUMBERS, "{}", 0, 2, 0, "class to brightness"),
    CNN_PARAM(old_samples, names, CNN_TEXTS, "[low, middle, high]", CLASSES, CLASSES, 0, "of the classes"),
    CNN_PARAM_END,
};

static int open_samples(void *data, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    old_samples *self = data;
    const uint64_t samples = (uint64_t)self->samples;
    self->labels = malloc(samples * sizeof *self->labels);
    self->weights = malloc(samples * sizeof *self->weights);
    if (!self->labels || !self->weights)
        return cnn_fail_memory(error, samples * 8);
    self->random = *random;
    for (uint64_t c = 0; c < CLASSES; c++) {
        self->shown[c] = self->names.items[c];
        self->light[c] = 1;
        for (uint64_t i = 0; i < self->lights.count; i++)
            if (strcmp(self->lights.items[i].name, self->shown[c]) == 0)
                self->light[c] = self->lights.items[i].value;
    }
    for (uint64_t i = 0; i < samples; i++) {
        self->labels[i] = (int32_t)(i % CLASSES);
        self->weights[i] = i % 5 ? 1 : 0.5F;
    }
    *view = (cnn_dataset_view){.struct_size = view->struct_size, .samples = samples, .classes = CLASSES,
                               .shape = {3, {SIZE, SIZE, 1}}, .element = CNN_ELEMENT_F32, .scale = 1,
                               .labels = self->labels, .weights = self->weights,
                               .names = self->shown, .fingerprint = "old_samples 1"};
    return 0;
}

/* The class is the third of the rows that is bright. */
static int sample(const void *data, uint64_t index, void *image, float *target, cnn_error *error)
{
    const old_samples *self = data;
    const cnn_random own = cnn_random_split(&self->random, index);
    float *pixels = image;
    (void)target, (void)error;
    for (uint64_t i = 0; pixels && i < SIZE * SIZE; i++) {
        const int bright = (int32_t)(i / SIZE / 3) == self->labels[index];
        pixels[i] = (float)(0.3 * cnn_random_uniform(&own, i) + (bright ? 0.5 * self->light[i / SIZE / 3] : 0));
    }
    return 0;
}

static void fini(void *data)
{
    free(((old_samples *)data)->labels);
    free(((old_samples *)data)->weights);
}

CNN_DATASET("old_samples", "bright bars, one sample at a time", .doc = "As it was.", .params = params,
            .self_size = sizeof(old_samples), .open = open_samples, .sample = sample, .fini = fini)
