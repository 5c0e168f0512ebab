/* dataset_sample_past_end.c - sample() writes one number more than the target has. */
/* must fail: MEM-1 */
#include "spots.h"

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self, (void)error;
    fill_image(index, image);
    fill_target(index, target);
    if (target)
        target[2] = 0;
    return 0;
}

CNN_DATASET("dataset_sample_past_end", "sample() writes one number more than the target has", .open = open_spots,
            .sample = sample)
