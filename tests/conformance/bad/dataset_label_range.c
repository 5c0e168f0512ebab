/* dataset_label_range.c - the last label is the number of classes. */
/* must fail: DS-1 */
#include <cnnrun/dataset.h>

static const uint8_t images[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const int32_t labels[3] = {0, 1, 2};

static int open(void *self, const cnn_random *random, cnn_dataset_view *view, cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = 3;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = images;
    view->labels = labels;
    return 0;
}

CNN_DATASET("dataset_label_range", "three images of two classes", .open = open)
