/* abort_later.c - a schedule that crashes at its eighth step. */
#include <cnnrun/schedule.h>
#include <stdlib.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    if (point->step == 7)
        abort();
    return point->base;
}
CNN_SCHEDULE("abort_later", "crashes at its eighth step", .rate = rate)
