/* schedule.h - a schedule gives the learning rate of each step, from the optimizer's `learning_rate`. */
#ifndef CNNRUN_SCHEDULE_H
#define CNNRUN_SCHEDULE_H

#include <cnnrun/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cnn_schedule_point {
    uint64_t struct_size;
    uint64_t step;            /* optimizer steps done before this one, over all epochs; 0 is the first */
    uint64_t steps_per_epoch; /* 1 or more; the last, smaller batch counts */
    uint64_t total_steps;     /* of the whole training: train.steps, or epochs * steps_per_epoch */
    double base;              /* the optimizer's learning_rate */
} cnn_schedule_point;

typedef struct cnn_schedule {
    CNN_HEAD_FIELDS

    /* Required. [train], main thread only. The learning rate of this step: finite and >= 0. A pure
     * function of self and point, since a resumed run asks from the middle, and steps at or beyond
     * total_steps may be asked too. */
    double (*rate)(const void *self, const cnn_schedule_point *point);
} cnn_schedule;

#define CNN_SCHEDULE(NAME, SUMMARY, ...)                                                            \
    CNN_PLUGIN_(CNN_KIND_SCHEDULE, cnn_schedule, NAME, SUMMARY, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
