/* dataset_corrupts_heap.c - writes past the end of what it allocated. */
/* must fail: LIFE-1 */
#include <cnnrun/dataset.h>

#include <stdlib.h>

struct owned {
    uint8_t *pixels;
};

static const int32_t labels[4] = {0, 1, 0, 1};

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    struct owned *owned = self;
    (void)random;
    owned->pixels = malloc(16);
    if (!owned->pixels)
        return cnn_fail(error, "there is no memory for 16 bytes");
    for (int i = 0; i <= 16; i++)
        owned->pixels[i] = (uint8_t)i;
    view->samples = 4;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = owned->pixels;
    view->labels = labels;
    return 0;
}

static void fini(void *self)
{
    free(((struct owned *)self)->pixels);
}

CNN_DATASET("dataset_corrupts_heap", "writes past the end of what it allocated",
            .self_size = sizeof(struct owned), .open = open_images, .fini = fini)
