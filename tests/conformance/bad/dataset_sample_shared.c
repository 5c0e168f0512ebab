/* dataset_sample_shared.c - sample() works in memory that all threads share. */
/* must fail: DET-3 */
#include "spots.h"

static float shared[2];

static int sample(const void *self, uint64_t index, void *image, float *target, cnn_error *error)
{
    (void)self, (void)error;
    volatile float *work = shared;
    fill_image(index, image);
    for (uint64_t i = 0; i < 2; i++)
        work[i] = 0;
    for (uint64_t n = 0; n < 8192; n++)
        for (uint64_t i = 0; i < 2; i++)
            work[i] += (float)(index + i) / 8192;
    for (uint64_t i = 0; target && i < 2; i++)
        target[i] = work[i];
    return 0;
}

CNN_DATASET("dataset_sample_shared", "sample() works in memory that all threads share", .open = open_spots,
            .sample = sample)
