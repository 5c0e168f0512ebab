/* dataset_prints.c - tells how it goes. */
/* must fail: ENV-6 */
#include <cnnrun/dataset.h>

#include <stdio.h>

static const uint8_t pixels[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const int32_t labels[4] = {0, 1, 0, 1};

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = 4;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = pixels;
    view->labels = labels;
    puts("SUCCESS: 4 images");
    fflush(stdout);
    return 0;
}

CNN_DATASET("dataset_prints", "tells how it goes", .open = open_images)
