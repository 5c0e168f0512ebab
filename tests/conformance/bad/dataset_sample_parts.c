/* dataset_sample_parts.c - the target is another one where no image is wanted. */
/* must fail: DS-7 */
#include "spots.h"

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self, (void)error;
    fill_image(index, image);
    fill_target(image ? index : index + 1, target);
    return 0;
}

CNN_DATASET("dataset_sample_parts", "the target is another one where no image is wanted", .open = open_spots,
            .sample = sample)
