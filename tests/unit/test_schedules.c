/* test_schedules.c - the schedules against golden learning rates; lengths by default; what is
 * refused. */
#include "unit_spec.h"

#include "../golden/schedules.h"

#include <math.h>

static double rate_of(const cnn_instance *schedule, const cnn_schedule_point *point)
{
    return schedule->file->schedule.rate(schedule->self, point);
}

START_TEST(golden)
{
    for (size_t k = 0; k < sizeof golden_schedules / sizeof golden_schedules[0]; k++) {
        const char *spec = golden_schedules[k].spec;
        cnn_instance *schedule = unit_instance(CNN_KIND_SCHEDULE, spec);
        for (uint64_t t = 0; t < GOLDEN_STEPS; t++) {
            const cnn_schedule_point point = {sizeof point, t, GOLDEN_EPOCH, GOLDEN_TOTAL,
                                              GOLDEN_BASE};
            const double got = rate_of(schedule, &point), wanted = golden_schedules[k].rates[t];
            ck_assert_msg(fabs(got - wanted) <= 1e-12 * fabs(wanted) + 1e-15,
                          "%s, step %d: %.17g, not %.17g", spec, (int)t, got, wanted);
        }
        cnn_instance_free(schedule);
    }
}
END_TEST

/* A run of restarts begins at the top at its very step, whatever rounding does to logarithms. */
START_TEST(restarts_begin_on_time)
{
    for (uint64_t times = 2; times <= 5; times++) {
        char spec[96];
        (void)snprintf(spec, sizeof spec,
                       "cosine_decay: {decay_steps: 7, restarts: true, t_mul: %d}", (int)times);
        cnn_instance *schedule = unit_instance(CNN_KIND_SCHEDULE, spec);
        uint64_t at = 0;
        for (uint64_t run = 7; at < (uint64_t)1 << 40; run *= times) {
            const cnn_schedule_point first = {sizeof first, at, 5, 40, 0.25};
            ck_assert_double_eq_tol(rate_of(schedule, &first), 0.25, 1e-9);
            at += run;
            const cnn_schedule_point last = {sizeof last, at - 1, 5, 40, 0.25};
            ck_assert_double_lt(rate_of(schedule, &last), 0.02);
        }
        cnn_instance_free(schedule);
    }
}
END_TEST

/* Trainings of one step, and of one epoch of one step: no division by 0. */
START_TEST(the_shortest_training)
{
    static const char *const specs[] = {
        "one_cycle", "one_cycle: {pct_start: 1}",      "one_cycle: {pct_start: 0}", "cosine_decay",
        "poly",      "polynomial_decay: {cycle: true}"};
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
        cnn_instance *schedule = unit_instance(CNN_KIND_SCHEDULE, specs[k]);
        for (uint64_t t = 0; t < 3; t++) {
            const cnn_schedule_point point = {sizeof point, t, 1, 1, 0.5};
            const double rate = rate_of(schedule, &point);
            ck_assert_msg(rate >= 0 && rate <= 0.5, "%s gives %g", specs[k], rate);
        }
        cnn_instance_free(schedule);
    }
}
END_TEST

START_TEST(parameters)
{
    static const char *const with_lengths[][2] = {
        {"exponential_decay", "decay"}, {"inverse_time_decay", "decay"}, {"poly", "max"},
        {"polynomial_decay", "decay"},  {"cosine_decay", "decay"},       {"one_cycle", "total"}};
    for (size_t k = 0; k < sizeof with_lengths / sizeof with_lengths[0]; k++) {
        char spec[96];
        (void)snprintf(spec, sizeof spec, "%s: {%s_steps: 3, %s_epochs: 2}", with_lengths[k][0],
                       with_lengths[k][1], with_lengths[k][1]);
        unit_refused(CNN_KIND_SCHEDULE, spec,
                     "the length is given as 3 steps and as 2 epochs; one of the two must be null");
    }
    unit_refused(CNN_KIND_SCHEDULE, "warmup: {steps: 3, epochs: 2}", "one of the two must be null");
    unit_refused(CNN_KIND_SCHEDULE, "poly: {max_steps: 0}", "max_steps is 0");
    unit_refused(CNN_KIND_SCHEDULE, "multi_step: {milestone_steps: [1], milestone_epochs: [1]}",
                 "milestone_steps and milestone_epochs are both given; one must be []");
    unit_refused(CNN_KIND_SCHEDULE, "multi_step: {milestone_epochs: [3, 3]}",
                 "milestone_epochs holds 3 behind 3; the numbers must rise");
    unit_refused(CNN_KIND_SCHEDULE, "piecewise_constant: {boundary_steps: [3, 5]}",
                 "there are 1 factors for 2 boundaries");
    unit_refused(CNN_KIND_SCHEDULE, "piecewise_constant: {factors: []}",
                 "there are 0 factors for 0 boundaries");
}
END_TEST

START_TEST(resolved)
{
    unit_resolves(CNN_KIND_SCHEDULE, "step", "step: {factor: 0.1, every: 10}");
    unit_resolves(CNN_KIND_SCHEDULE, "exponential_decay",
                  "exponential_decay: {decay_steps: null, decay_epochs: null, decay_rate: 0.96, "
                  "staircase: false}");
    unit_resolves(CNN_KIND_SCHEDULE, "polynomial_decay",
                  "polynomial_decay: {decay_steps: null, decay_epochs: null, end_learning_rate: "
                  "0.0001, power: 1.0, cycle: false}");
    unit_resolves(CNN_KIND_SCHEDULE, "cosine_decay",
                  "cosine_decay: {decay_steps: null, decay_epochs: null, alpha: 0.0, restarts: "
                  "false, t_mul: 2.0, m_mul: 1.0}");
    unit_resolves(CNN_KIND_SCHEDULE, "one_cycle",
                  "one_cycle: {total_steps: null, total_epochs: null, pct_start: 0.3, div_factor: "
                  "25.0, final_div_factor: 10000.0, anneal_strategy: cos}");
    unit_resolves(CNN_KIND_SCHEDULE, "inv", "inv: {gamma: 0.0001, power: 0.75}");
}
END_TEST

UNIT_MAIN("schedules", golden, restarts_begin_on_time, the_shortest_training, parameters, resolved)
