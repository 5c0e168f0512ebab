/* far_images.c - 203 images of 2 x 3 x 2 floats, one at a time, far from 0; sample `hole` is not finite. */
#include <cnnrun/dataset.h>
#include <math.h>

enum { SAMPLES = 203, SIZE = 12 };

typedef struct far_images {
    double scale, first;
    int64_t hole;
    int32_t labels[SAMPLES];
} far_images;

static const cnn_param params[] = {
    CNN_PARAM(far_images, scale, CNN_REAL, "1", 0, 1e30, 0, "what the deviation is multiplied by"),
    CNN_PARAM(far_images, first, CNN_REAL, "null", -1e30, 1e30, CNN_NULLABLE, "all numbers of the first 16 samples"),
    CNN_PARAM(far_images, hole, CNN_INTEGER, "-1", -1, SAMPLES, 0, "which sample has a NaN; -1: none"),
    CNN_PARAM_END,
};

static int open(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    far_images *f = self;
    (void)random, (void)error;
    for (int i = 0; i < SAMPLES; i++)
        f->labels[i] = i % 2;
    view->samples = SAMPLES;
    view->classes = 2;
    view->labels = f->labels;
    view->shape = (cnn_shape){3, {2, 3, 2}};
    view->element = CNN_ELEMENT_F32;
    view->scale = 1;
    view->fingerprint = "far 1";
    return 0;
}

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    const far_images *f = self;
    float *pixels = image;
    (void)target, (void)error;
    for (uint64_t k = 0; pixels && k < SIZE; k++)
        pixels[k] = (float)(10000 + f->scale * (double)((index * 7919 + k * 104729) % 2003) / 1000);
    for (uint64_t k = 0; pixels && index < 16 && !isnan(f->first) && k < SIZE; k++)
        pixels[k] = (float)f->first;
    if (pixels && (int64_t)index == f->hole)
        pixels[SIZE - 1] = NAN;
    return 0;
}

CNN_DATASET("far_images", "images far from 0", .params = params, .self_size = sizeof(far_images),
            .open = open, .sample = sample)
