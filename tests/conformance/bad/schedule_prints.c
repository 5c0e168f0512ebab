/* schedule_prints.c - prints each rate. */
/* must fail: ENV-6 */
#include <cnnrun/schedule.h>

#include <stdio.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    fprintf(stderr, "rate %g\n", point->base);
    return point->base;
}

CNN_SCHEDULE("schedule_prints", "prints each rate", .rate = rate)
