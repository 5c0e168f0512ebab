/* dataset_sample_unwritten.c - sample() leaves a number of the target as it was. */
/* must fail: MEM-4 */
#include "spots.h"

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self, (void)error;
    fill_image(index, image);
    if (target)
        target[0] = (float)index;
    return 0;
}

CNN_DATASET("dataset_sample_unwritten", "sample() leaves a number of the target as it was", .open = open_spots,
            .sample = sample)
