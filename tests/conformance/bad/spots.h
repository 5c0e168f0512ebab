/* spots.h - what planted faults of datasets by index share: 6 images of 2 x 2 bytes, with vectors of 2. */
#ifndef BAD_SPOTS_H
#define BAD_SPOTS_H

#include <cnnrun/dataset.h>

#define SPOTS 6u

static inline int open_spots(void *self, const cnn_random *random, cnn_dataset_view *view,
                             cnn_error *error)
{
    (void)self, (void)random, (void)error;
    view->samples = SPOTS;
    view->target_size = 2;
    view->shape = (cnn_shape){3, {2, 2, 1}};
    view->element = CNN_ELEMENT_U8;
    view->scale = 1.0 / 255;
    return 0;
}

static inline void fill_image(uint64_t index, uint8_t *image)
{
    for (uint64_t i = 0; image && i < 4; i++)
        image[i] = (uint8_t)(index * 40 + i);
}

static inline void fill_target(uint64_t index, float *target)
{
    for (uint64_t i = 0; target && i < 2; i++)
        target[i] = (float)(index + i) / 8;
}

#endif
