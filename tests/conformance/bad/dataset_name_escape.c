/* dataset_name_escape.c - the name of a class would move the cursor. */
/* must fail: DS-9 */
#include <cnnrun/dataset.h>

static const uint8_t images[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const int32_t labels[3] = {0, 1, 0};
static const char *const names[2] = {"cat", "\033[2Jdog"};

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

CNN_DATASET("dataset_name_escape", "the name of a class would move the cursor", .open = open)
