/* schedule_dies_when_closed.c - its destructor goes through NULL. */
/* must fail: LOAD-2 */
#include <cnnrun/schedule.h>

static int *volatile log_file;

__attribute__((destructor)) static void say_goodbye(void)
{
    *log_file = 1;
}

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->base;
}

CNN_SCHEDULE("schedule_dies_when_closed", "its destructor goes through NULL", .rate = rate)
