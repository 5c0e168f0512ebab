/* check_schedule.c - rules on schedules: finite, not negative, a function of the step alone. */
#include <math.h>
#include <stdlib.h>

#include "schedule.h"

static const kit_layout plain = {.side = KIT_RIGHT};

static void expect_rate(const kit_instance *schedule, cnn_schedule_point at)
{
    const double rate = kit_rate(schedule, &plain, at);
    if (!isfinite(rate) || rate < 0)
        kit_fail("rate is %g; it must be finite and 0 or more", rate);
}

static void check_range(kit_case *c)
{
    static const uint64_t epochs[][2] = {{10, 120}, {1, 1}, {469, 5628}, {1, 100}, {3, 3}};
    kit_instance *schedule;
    cnn_error refusal;
    for (size_t setting = 0; setting < 6; setting++) {
        schedule = setting == 0 ? kit_make_any(c, &plain, NULL)
                                : kit_make(c, &plain, kit_random_setting(c), 0, &refusal);
        for (size_t k = 0; schedule && k < sizeof epochs / sizeof epochs[0]; k++)
            for (uint64_t i = 0; i <= 200; i++)
                expect_rate(schedule, (cnn_schedule_point){0, i * epochs[k][1] / 100, epochs[k][0],
                                                           epochs[k][1], 0.1});
        kit_unmake(schedule);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
}

/* First to last, last to first: a resumed run asks from the middle. */
static void check_pure(kit_case *c)
{
    enum { STEPS = 240 };
    double forward[STEPS];
    kit_instance *schedule = kit_make_any(c, &plain, NULL), *fresh = kit_make_any(c, &plain, NULL);
    for (uint64_t i = 0; i < STEPS; i++)
        forward[i] = kit_rate(schedule, &plain, (cnn_schedule_point){0, i, 20, 200, 0.1});
    for (uint64_t i = STEPS; i-- > 0;) {
        const double again = kit_rate(schedule, &plain, (cnn_schedule_point){0, i, 20, 200, 0.1});
        const double resumed = kit_rate(fresh, &plain, (cnn_schedule_point){0, i, 20, 200, 0.1});
        if (again != forward[i] || resumed != forward[i])
            kit_fail("rate is %.17g asked in order, %.17g asked backwards and %.17g by a fresh "
                     "self; it must "
                     "be a function of the step alone",
                     forward[i], again, resumed);
    }
    kit_where("%s", "");
}

static void check_far(kit_case *c)
{
    static const uint64_t far[] = {10000000, (uint64_t)1 << 32, (uint64_t)1 << 53, UINT64_MAX};
    kit_instance *schedule = kit_make_any(c, &plain, NULL);
    for (size_t i = 0; i < 4; i++) {
        expect_rate(schedule, (cnn_schedule_point){0, far[i], 469, far[i], 0.1});
        expect_rate(schedule, (cnn_schedule_point){0, far[i], 469, 5628, 0.1});
        expect_rate(schedule, (cnn_schedule_point){0, 0, 469, far[i], 0.1});
    }
    kit_where("%s", "");
}

static void check_base(kit_case *c)
{
    kit_instance *schedule = kit_make_any(c, &plain, NULL);
    bool differs = false;
    for (uint64_t i = 0; i < 100; i++)
        differs |= kit_rate(schedule, &plain, (cnn_schedule_point){0, i, 10, 100, 0.1}) !=
                   kit_rate(schedule, &plain, (cnn_schedule_point){0, i, 10, 100, 0.2});
    kit_where("%s", "");
    if (!differs)
        kit_warn("the optimizer's learning_rate (base) changes no rate; users expect it to");
}

const kit_check kit_schedule_checks[] = {
    {"SCH-1", "finite and not negative, to the end and beyond", 3, CNN_KIND_SCHEDULE, 0,
     check_range},
    {"SCH-2", "a function of the step alone", 3, CNN_KIND_SCHEDULE, 0, check_pure},
    {"SCH-4", "the base counts", 3, CNN_KIND_SCHEDULE, 0, check_base},
    {"SCH-6", "very long trainings", 3, CNN_KIND_SCHEDULE, 0, check_far},
    {0},
};
