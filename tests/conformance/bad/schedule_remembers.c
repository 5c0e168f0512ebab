/* schedule_remembers.c - keeps its last answer in a static variable. */
/* must fail: DET-5 */
#include <cnnrun/schedule.h>

static volatile double last;

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    last = point->base;
    return last;
}

CNN_SCHEDULE("schedule_remembers", "keeps its last answer in a static variable", .rate = rate)
