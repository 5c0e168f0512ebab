/* negative_rate.c - a schedule that breaks its contract at step 7. */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->step < 7 ? point->base : -1;
}
CNN_SCHEDULE("negative_rate", "breaks its contract at step 7", .rate = rate)
