/* test_optimizers.c - the optimizers against twenty golden steps in float64; their state. */
#include "unit_spec.h"

#include "../golden/optimizers.h"

#include <math.h>

#define GOLDEN_OPTIMIZERS (sizeof golden_optimizers / sizeof golden_optimizers[0])
#define MANY 1003u /* whole vectors and a rest */
#define MOST_SLOTS 3

static cnn_instance *optimizer_of(const char *spec)
{
    return unit_instance(CNN_KIND_OPTIMIZER, spec);
}

static uint64_t slots_of(const cnn_instance *optimizer, cnn_slot slots[CNN_MAX_SLOTS])
{
    memset(slots, 0, CNN_MAX_SLOTS * sizeof *slots);
    return optimizer->file->optimizer.slots(optimizer->self, slots);
}

/* One step on arrays of `count`; element i has the golden weight i % GOLDEN_SIZE. */
static void step(const cnn_instance *optimizer, uint64_t number, uint64_t count, float *weight,
                 float *const *state)
{
    static _Alignas(64) float gradient[MANY];
    for (uint64_t i = 0; i < count; i++)
        gradient[i] = (float)golden_gradients[number - 1][i % GOLDEN_SIZE];
    const cnn_optimizer_step io = {
        .struct_size = sizeof io,
        .count = count,
        .step = number,
        .learning_rate = cnn_instance_real(optimizer, "learning_rate") * golden_rates[number - 1],
        .decay_mult = 1,
        .gradient = gradient,
        .weight = weight,
        .state = state,
    };
    optimizer->file->optimizer.step(optimizer->self, &io);
}

/* The state before the first step. */
static void begin_state(const cnn_instance *optimizer, float (*slot)[MANY])
{
    cnn_slot slots[CNN_MAX_SLOTS];
    const uint64_t count = slots_of(optimizer, slots);
    ck_assert_uint_le(count, MOST_SLOTS);
    for (uint64_t s = 0; s < count; s++)
        for (uint64_t i = 0; i < MANY; i++)
            slot[s][i] = slots[s].initial;
}

/* Within float's rounding of weights and movements, which are up to 10 here. */
START_TEST(golden)
{
    for (size_t k = 0; k < GOLDEN_OPTIMIZERS; k++) {
        cnn_instance *optimizer = optimizer_of(golden_optimizers[k].spec);
        static _Alignas(64) float weight[MANY], slot[MOST_SLOTS][MANY];
        float *const state[] = {slot[0], slot[1], slot[2]};
        begin_state(optimizer, slot);
        for (uint64_t i = 0; i < MANY; i++)
            weight[i] = (float)golden_start[i % GOLDEN_SIZE];
        for (uint64_t t = 1; t <= GOLDEN_STEPS; t++) {
            step(optimizer, t, MANY, weight, state);
            for (uint64_t i = 0; i < MANY; i++) {
                const double wanted = golden_optimizers[k].weights[t - 1][i % GOLDEN_SIZE];
                ck_assert_msg(fabs((double)weight[i] - wanted) <= 2e-6 * fmax(0.5, fabs(wanted)),
                              "%s, step %d, element %d: %.9g, not %.9g", golden_optimizers[k].spec,
                              (int)t, (int)i, (double)weight[i], wanted);
            }
        }
        cnn_instance_free(optimizer);
    }
}
END_TEST

/* Where the host cuts the arrays does not show: to the bit. */
START_TEST(cuts_do_not_show)
{
    for (size_t k = 0; k < GOLDEN_OPTIMIZERS; k++) {
        cnn_instance *optimizer = optimizer_of(golden_optimizers[k].spec);
        static _Alignas(64) float weight[2][MANY], slot[2][MOST_SLOTS][MANY];
        begin_state(optimizer, slot[0]);
        begin_state(optimizer, slot[1]);
        for (uint64_t i = 0; i < MANY; i++)
            weight[0][i] = weight[1][i] = (float)golden_start[i % GOLDEN_SIZE];
        for (uint64_t t = 1; t <= GOLDEN_STEPS; t++) {
            const uint64_t cut = 16 * GOLDEN_SIZE; /* a multiple of both, so that gradients match */
            float *const whole[] = {slot[0][0], slot[0][1], slot[0][2]};
            float *const left[] = {slot[1][0], slot[1][1], slot[1][2]};
            float *const right[] = {slot[1][0] + cut, slot[1][1] + cut, slot[1][2] + cut};
            step(optimizer, t, MANY, weight[0], whole);
            step(optimizer, t, cut, weight[1], left);
            step(optimizer, t, MANY - cut, weight[1] + cut, right);
        }
        ck_assert_mem_eq(weight[0], weight[1], sizeof weight[0]);
        ck_assert_mem_eq(slot[0], slot[1], sizeof slot[0]);
        cnn_instance_free(optimizer);
    }
}
END_TEST

START_TEST(state_slots)
{
    static const char *const wanted[][1 + MOST_SLOTS] = {
        {"sgd"},
        {"sgd: {momentum: 0.5}", "momentum"},
        {"adadelta", "accumulated_grad", "accumulated_delta_var"},
        {"adam", "momentum", "velocity"},
        {"adagrad: {initial_accumulator_value: 0}", "accumulator"},
        {"rmsprop", "velocity"},
        {"rmsprop: {momentum: 0.5}", "velocity", "momentum"},
        {"rmsprop: {centered: true}", "velocity", "average_gradient"},
        {"rmsprop: {centered: true, momentum: 0.5}", "velocity", "average_gradient", "momentum"},
        {"adamax", "m", "u"},
        {"nadam", "momentum", "velocity"},
        {"lion", "momentum"},
        {"lamb", "momentum", "velocity"},
        {"muon", "momentum"},
    };
    for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
        cnn_instance *optimizer = optimizer_of(wanted[k][0]);
        cnn_slot slots[CNN_MAX_SLOTS];
        const uint64_t count = slots_of(optimizer, slots);
        uint64_t expected = 0;
        while (expected < MOST_SLOTS && wanted[k][1 + expected])
            expected++;
        ck_assert_uint_eq(count, expected);
        for (uint64_t s = 0; s < count; s++) {
            ck_assert_str_eq(slots[s].name, wanted[k][s + 1]);
            ck_assert(slots[s].initial == 0);
        }
        cnn_instance_free(optimizer);
    }
}
END_TEST

/* Without decay, gradient and movement a weight keeps its bits, also the least ones. */
START_TEST(nothing_moves_nothing)
{
    static const char *const specs[] = {"sgd",      "sgd: {momentum: 0.9, nesterov: true}",
                                        "adadelta", "adam",
                                        "adagrad",  "adagrad: {initial_accumulator_value: 0}",
                                        "rmsprop",  "rmsprop: {centered: true, momentum: 0.9}",
                                        "adamax",   "nadam",
                                        "lion"};
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
        cnn_instance *optimizer = optimizer_of(specs[k]);
        static _Alignas(64) float gradient[4], weight[4] = {1e-40f, -3.3e38f, 0.1f, 1};
        static _Alignas(64) float slot[MOST_SLOTS][4];
        float *const state[] = {slot[0], slot[1], slot[2]};
        float before[4];
        memcpy(before, weight, sizeof weight);
        const cnn_optimizer_step io = {.struct_size = sizeof io,
                                       .count = 4,
                                       .step = 1,
                                       .learning_rate = 1,
                                       .decay_mult = 1,
                                       .gradient = gradient,
                                       .weight = weight,
                                       .state = state};
        optimizer->file->optimizer.step(optimizer->self, &io);
        ck_assert_mem_eq(weight, before, sizeof weight);
        cnn_instance_free(optimizer);
    }
}
END_TEST

/* Adagrad's sum begins at Keras's number; a weight that becomes NaN stays visible. */
START_TEST(beginnings_and_not_numbers)
{
    cnn_slot slots[CNN_MAX_SLOTS];
    cnn_instance *adagrad = optimizer_of("adagrad");
    ck_assert_uint_eq(slots_of(adagrad, slots), 1);
    ck_assert(slots[0].initial == 0.1f);
    cnn_instance_free(adagrad);
    static const char *const specs[] = {"adagrad", "rmsprop", "adamax", "nadam", "lion"};
    for (size_t k = 0; k < sizeof specs / sizeof specs[0]; k++) {
        cnn_instance *optimizer = optimizer_of(specs[k]);
        _Alignas(64) float gradient[1] = {NAN}, weight[1] = {1}, slot[MOST_SLOTS][1] = {{0}};
        float *const state[] = {slot[0], slot[1], slot[2]};
        const cnn_optimizer_step io = {.struct_size = sizeof io,
                                       .count = 1,
                                       .step = 1,
                                       .learning_rate = 1,
                                       .gradient = gradient,
                                       .weight = weight,
                                       .state = state};
        optimizer->file->optimizer.step(optimizer->self, &io);
        ck_assert_msg(isnan(weight[0]), "%s gives %g", specs[k], (double)weight[0]);
        cnn_instance_free(optimizer);
    }
}
END_TEST

START_TEST(parameters)
{
    unit_refused(CNN_KIND_OPTIMIZER, "sgd: {momentum: 1.1}", "momentum is 1.1");
    unit_refused(CNN_KIND_OPTIMIZER, "sgd: {learning_rate: -1}", "learning_rate is -1");
    unit_refused(CNN_KIND_OPTIMIZER, "adam: {beta_2: 1}", "beta_2 is 1");
    unit_refused(CNN_KIND_OPTIMIZER, "adadelta: {epsilon: 0}", "epsilon is 0");
    unit_refused(CNN_KIND_OPTIMIZER, "rmsprop: {rho: 1}", "rho is 1");
    unit_refused(CNN_KIND_OPTIMIZER, "lion: {beta_2: 1}", "beta_2 is 1");
    unit_refused(CNN_KIND_OPTIMIZER, "adagrad: {initial_accumulator_value: -1}",
                 "initial_accumulator_value is -1");
    cnn_instance *adadelta = optimizer_of("adadelta");
    ck_assert_double_eq(cnn_instance_real(adadelta, "learning_rate"), 0.001);
    ck_assert_double_eq(cnn_instance_real(adadelta, "rho"), 0.95);
    cnn_instance_free(adadelta);
}
END_TEST

START_TEST(resolved)
{
    unit_resolves(CNN_KIND_OPTIMIZER, "sgd",
                  "sgd: {learning_rate: 0.01, momentum: 0.0, nesterov: false}");
    unit_resolves(CNN_KIND_OPTIMIZER, "adadelta",
                  "adadelta: {learning_rate: 0.001, rho: 0.95, epsilon: 1e-7}");
    unit_resolves(CNN_KIND_OPTIMIZER, "adam",
                  "adam: {learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7}");
    unit_resolves(CNN_KIND_OPTIMIZER, "adagrad",
                  "adagrad: {learning_rate: 0.001, initial_accumulator_value: 0.1, epsilon: 1e-7}");
    unit_resolves(CNN_KIND_OPTIMIZER, "rmsprop",
                  "rmsprop: {learning_rate: 0.001, rho: 0.9, momentum: 0.0, epsilon: 1e-7, "
                  "centered: false}");
    unit_resolves(CNN_KIND_OPTIMIZER, "adamax",
                  "adamax: {learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7}");
    unit_resolves(CNN_KIND_OPTIMIZER, "nadam",
                  "nadam: {learning_rate: 0.001, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7}");
    unit_resolves(CNN_KIND_OPTIMIZER, "lion",
                  "lion: {learning_rate: 0.001, beta_1: 0.9, beta_2: 0.99}");
}
END_TEST

UNIT_MAIN("optimizers", golden, cuts_do_not_show, state_slots, nothing_moves_nothing,
          beginnings_and_not_numbers, parameters, resolved)
