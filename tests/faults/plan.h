/* plan.h - all points of a walk in one sequence, so that workers can share them out. */
#ifndef PLAN_H
#define PLAN_H

#include "walk.h"

#define PLAN_SCENARIOS 16
#define PLAN_STRETCHES 1024

typedef struct plan_filter {
    const char *scenario, *call, *mode, *error; /* NULL: all */
    unsigned long every, n;                     /* n 0: all */
    bool first;                                 /* with n: count in the first process only */
} plan_filter;

/* The points of one scenario, call, mode and errno. */
typedef struct plan_stretch {
    const stage *stage;
    fault fault;
    unsigned long points, step, calls, begin; /* the first point's number in the walk */
} plan_stretch;

typedef struct plan {
    plan_stretch stretches[PLAN_STRETCHES];
    size_t count;
    unsigned long points;
    stage stages[PLAN_SCENARIOS];
    size_t stage_count;
} plan;

typedef struct plan_point {
    const stage *stage;
    fault fault;
} plan_point;

/* Makes the stages that the filter asks for, and all their stretches; lives as long as the program. */
plan *plan_make(const plan_filter *filter, const world *w);
plan_point plan_at(const plan *p, unsigned long number);

#endif
