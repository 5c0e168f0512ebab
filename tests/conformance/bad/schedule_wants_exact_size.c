/* schedule_wants_exact_size.c - takes a longer struct of arguments for a wrong one. */
/* must fail: HOST-1 */
#include <cnnrun/schedule.h>

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    return point->struct_size == sizeof *point ? point->base : 0;
}

CNN_SCHEDULE("schedule_wants_exact_size", "takes a longer struct of arguments for a wrong one",
             .rate = rate)
