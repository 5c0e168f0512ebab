/* dataset_no_images.c - it leaves the images out, and has no function sample. */
/* must fail: DS-1 */
#include <cnnrun/dataset.h>

static const uint8_t images[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const int32_t labels[3] = {0, 1, 0};

static int open(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = 3;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = images;
    view->classes = 2;
    view->labels = labels;
    view->images = NULL;
    return 0;
}

CNN_DATASET("dataset_no_images", "it leaves the images out, and has no function sample", .open = open)
