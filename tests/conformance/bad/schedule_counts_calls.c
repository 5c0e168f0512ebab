/* schedule_counts_calls.c - counts its calls instead of looking at the step. */
/* must fail: SCH-2 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    static volatile double calls;
    return point->base / ++calls;
}

CNN_SCHEDULE("schedule_counts_calls", "counts its calls instead of looking at the step",
             .rate = rate)
