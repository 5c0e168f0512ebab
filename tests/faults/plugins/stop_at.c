/* stop_at.c - a constant rate, and at one step a signal: so a run is interrupted within an epoch,
 * at the same place each time. $CNNRUN_STOP_AT is the step, from 0; without it nothing happens. */
#include <cnnrun/schedule.h>
#include <signal.h>
#include <stdlib.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    const char *step = getenv("CNNRUN_STOP_AT");
    (void)self;
    if (step && strtoull(step, NULL, 10) == point->step)
        raise(SIGTERM);
    return point->base;
}

CNN_SCHEDULE("stop_at", "a constant rate, and a signal at one step", .rate = rate)
