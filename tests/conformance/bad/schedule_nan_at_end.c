/* schedule_nan_at_end.c - not a number when all steps are done. */
/* must fail: SCH-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    const double left = (double)point->total_steps - (double)point->step;
    return point->base * (left / left);
}

CNN_SCHEDULE("schedule_nan_at_end", "not a number when all steps are done", .rate = rate)
