/* schedule_infinite_first.c - divides by the step, which is 0 at first. */
/* must fail: SCH-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base / (double)point->step;
}

CNN_SCHEDULE("schedule_infinite_first", "divides by the step, which is 0 at first", .rate = rate)
