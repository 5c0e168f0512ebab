/* exit_rate.c - ends the process as if all was well. */
/* set: schedule=exit_rate */
/* expect: schedule crashed in rate at step 6: exit() was called */
#include <cnnrun/schedule.h>

#include "armed.h"

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    if (armed())
        exit(0);
    return point->base;
}

CNN_SCHEDULE("exit_rate", "ends the process as if all was well", .rate = rate)
