/* schedule_uses_clock.c - the rate hangs on the time of day. */
/* must fail: SCH-2 */
#include <cnnrun/schedule.h>

#include <time.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return point->base / (1 + 1e-9 * (double)now.tv_nsec);
}

CNN_SCHEDULE("schedule_uses_clock", "the rate hangs on the time of day", .rate = rate)
