/* schedule_ignores_base.c - the optimizer's learning_rate counts for nothing. */
/* must warn: SCH-4 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return 0.1 / (1 + (double)point->step);
}

CNN_SCHEDULE("schedule_ignores_base", "the optimizer's learning_rate counts for nothing",
             .rate = rate)
