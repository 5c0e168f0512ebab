/* milestones.h - rising lists of steps or epochs at which a rate changes; shared by schedules. */
#ifndef CNN_KERNELS_MILESTONES_H
#define CNN_KERNELS_MILESTONES_H

#include <cnnrun/schedule.h>

/* For init(): one of the two lists is empty, the other one rises. */
static inline int milestones_check(const cnn_integers *steps, const char *steps_name,
                                   const cnn_integers *epochs, const char *epochs_name,
                                   cnn_error *error)
{
    const cnn_integers *given = steps->count ? steps : epochs;
    const char *name = steps->count ? steps_name : epochs_name;
    if (steps->count && epochs->count)
        return cnn_fail_at(error, epochs_name, 0, "%s and %s are both given; one must be []",
                           steps_name, epochs_name);
    for (uint64_t i = 1; i < given->count; i++)
        if (given->items[i] <= given->items[i - 1])
            return cnn_fail_at(error, name, 0, "%s holds %lld behind %lld; the numbers must rise",
                               name, (long long)given->items[i], (long long)given->items[i - 1]);
    return 0;
}

/* How many of them are below t. */
static inline uint64_t milestones_below(const cnn_integers *list, double t)
{
    uint64_t count = 0;
    while (count < list->count && (double)list->items[count] < t)
        count++;
    return count;
}

#endif
