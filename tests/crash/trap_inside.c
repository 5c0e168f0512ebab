/* trap_inside.c - a schedule that another one calls; it is to blame, not the one that called it. */
/* flags: -fno-sanitize=undefined */
/* set: schedule={warmup: {then: trap_inside}} */
/* expect: schedule crashed in rate at step 6: illegal instruction */
#include <cnnrun/schedule.h>

#include "armed.h"

static double rate(const void *self, const cnn_schedule_point *point)
{
    (void)self;
    if (armed())
        __builtin_trap();
    return point->base;
}

CNN_SCHEDULE("trap_inside", "runs into __builtin_trap, called by another schedule", .rate = rate)
