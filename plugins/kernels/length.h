/* length.h - how long a schedule lasts: a number of steps, or of epochs; shared by schedules.
 *
 * A schedule has two integers for it, such as decay_steps and decay_epochs, of which one at least
 * is null. Where both are, it lasts as long as the plugin's manual says. */
#ifndef CNN_KERNELS_LENGTH_H
#define CNN_KERNELS_LENGTH_H

#include <cnnrun/schedule.h>

/* NONE: the text that says what it is where both are null. */
#define LENGTH_PARAMS(STRUCT, STEPS, EPOCHS, NONE)                                                 \
    CNN_PARAM(STRUCT, STEPS, CNN_INTEGER, "null", 1, 1e12, CNN_NULLABLE,                           \
              "its length in steps; null: by " #EPOCHS),                                           \
        CNN_PARAM(STRUCT, EPOCHS, CNN_INTEGER, "null", 1, 1e6, CNN_NULLABLE,                       \
                  "its length in epochs, in place of " #STEPS "; both null: " NONE)

/* For init(), as length_check(self->decay_steps, self->decay_epochs, "decay_epochs", error). */
static inline int length_check(int64_t steps, int64_t epochs, const char *name, cnn_error *error)
{
    if (steps != INT64_MIN && epochs != INT64_MIN)
        return cnn_fail_at(error, name, 0,
                           "the length is given as %lld steps and as %lld epochs; one of the two "
                           "must be null",
                           (long long)steps, (long long)epochs);
    return 0;
}

/* In steps, 1 or more; `none` where both are null. */
static inline double length_of(int64_t steps, int64_t epochs, uint64_t none,
                               const cnn_schedule_point *point)
{
    return steps != INT64_MIN    ? (double)steps
           : epochs != INT64_MIN ? (double)epochs * (double)point->steps_per_epoch
           : none > 0            ? (double)none
                                 : 1;
}

/* How much of it is over before this step: 0 at the first, held at 1. */
static inline double part_over(double length, const cnn_schedule_point *point)
{
    const double part = (double)point->step / length;
    return part < 1 ? part : 1;
}

#endif
