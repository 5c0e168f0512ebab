/* dataset_dies_when_opened.c - its constructor goes through NULL. */
/* must fail: LOAD-1 */
#include <cnnrun/dataset.h>

static const uint8_t pixels[4] = {1, 2, 3, 4};
static const int32_t labels[2] = {0, 1};

__attribute__((constructor)) static void start(void)
{
    int *volatile nowhere = NULL;
    *nowhere = 1;
}

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = 2;
    view->classes = 2;
    view->shape = (cnn_shape){3, {1, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1;
    view->images = pixels;
    view->labels = labels;
    return 0;
}

CNN_DATASET("dataset_dies_when_opened", "its constructor goes through NULL", .open = open_images)
