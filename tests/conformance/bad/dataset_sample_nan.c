/* dataset_sample_nan.c - a number of a target is not a number. */
/* must fail: DS-7 */
#include "spots.h"

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self, (void)error;
    fill_image(index, image);
    fill_target(index, target);
    if (target)
        target[1] = (float)NAN;
    return 0;
}

CNN_DATASET("dataset_sample_nan", "a number of a target is not a number", .open = open_spots,
            .sample = sample)
