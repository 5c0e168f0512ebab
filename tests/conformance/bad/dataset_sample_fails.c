/* dataset_sample_fails.c - the last sample cannot be had. */
/* must fail: DS-7 */
#include "spots.h"

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self;
    fill_image(index, image);
    fill_target(index, target);
    return index + 1 < SPOTS ? 0 : cnn_fail(error, "there are fewer samples");
}

CNN_DATASET("dataset_sample_fails", "the last sample cannot be had", .open = open_spots,
            .sample = sample)
