/* schedule_overflows.c - counts in 32 bits. */
/* must fail: SCH-6 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    const int32_t steps = (int32_t)(uint32_t)(point->step * 300);
    return point->base / (1 + 0.001 * steps);
}

CNN_SCHEDULE("schedule_overflows", "counts in 32 bits", .rate = rate)
