/* schedule_negative.c - falls below 0 after the last step. */
/* must fail: SCH-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base * (1 - (double)point->step / (double)point->total_steps);
}

CNN_SCHEDULE("schedule_negative", "falls below 0 after the last step", .rate = rate)
