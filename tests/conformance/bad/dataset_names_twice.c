/* dataset_names_twice.c - two classes have the same name. */
/* must fail: DS-9 */
#include <cnnrun/dataset.h>

static const uint8_t images[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const int32_t labels[3] = {0, 1, 0};
static const char *const names[2] = {"cat", "cat"};

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
    view->names = names;
    return 0;
}

CNN_DATASET("dataset_names_twice", "two classes have the same name", .open = open)
