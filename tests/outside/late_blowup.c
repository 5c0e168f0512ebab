/* late_blowup.c - a schedule at which every network bursts in the second epoch. */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->step < point->steps_per_epoch ? point->base : 1e30;
}
CNN_SCHEDULE("late_blowup", "bursts in the second epoch", .rate = rate)
