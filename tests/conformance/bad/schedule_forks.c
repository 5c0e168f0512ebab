/* schedule_forks.c - leaves a child behind. */
/* must fail: ENV-5 */
#include <cnnrun/schedule.h>

#include <unistd.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    if (fork() == 0) {
        (void)sleep(30);
        _exit(0);
    }
    return point->base;
}

CNN_SCHEDULE("schedule_forks", "leaves a child behind", .rate = rate)
