/* dataset_eats_memory.c - takes all the memory that there is. */
/* must fail: PAR-2 */
#include <cnnrun/dataset.h>

#include <stdlib.h>

static const uint8_t pixels[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static const int32_t labels[4] = {0, 1, 0, 1};

static char *volatile taken;

static int open_images(void *self, const cnn_random *random, cnn_dataset_view *view,
                       cnn_error *error)
{
    (void)self, (void)random, (void)error;
    for (uint64_t left = UINT64_MAX; left > 0; left--) {
        taken = malloc(64 << 20);
        taken[0] = 1;
    }
    view->samples = 4;
    view->classes = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    view->images = pixels;
    view->labels = labels;
    return 0;
}

CNN_DATASET("dataset_eats_memory", "takes all the memory that there is", .open = open_images)
