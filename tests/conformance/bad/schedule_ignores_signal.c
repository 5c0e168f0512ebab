/* schedule_ignores_signal.c - SIGTERM is lost. */
/* must fail: ENV-3 */
#include <cnnrun/schedule.h>

#include <signal.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    (void)signal(SIGTERM, SIG_IGN);
    return point->base;
}

CNN_SCHEDULE("schedule_ignores_signal", "SIGTERM is lost", .rate = rate)
