/* schedule_no_rate.c - the one function that it must have is not named. */
/* must fail: DESC-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base;
}

CNN_SCHEDULE("schedule_no_rate", "the one function that it must have is not named", .doc = NULL)
