/* dataset_named.c - classes have names, and images come one at a time. */
#include <cnnrun/dataset.h>

static const int32_t labels[6] = {0, 1, 2, 1, 0, 2};
static const char *const names[3] = {"cat", "größter Hund", "7"};

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = 6;
    view->classes = 3;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->labels = labels;
    view->names = names;
    return 0;
}

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    uint8_t *bytes = image;
    (void)self, (void)target, (void)error;
    for (uint64_t i = 0; bytes && i < 4; i++)
        bytes[i] = (uint8_t)(60 * labels[index] + (int32_t)i);
    return 0;
}

CNN_DATASET("dataset_named", "classes with names", .open = open_images, .sample = sample)
