/* test_objective.c - the gradient that the host makes of a loss's values alone. */
#include "unit.h"

#include "engine/objective.h"

#include <math.h>

#define CLASSES 3u

static double lowest, highest; /* that a value was asked for */

static double coupled_squares(const void *self, const double *x, const double *t, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += (x[c] - t[c]) * (x[c] - t[c]) * (double)(c + 1);
    return sum + x[0] * x[1] * x[2];
}

static double logarithm(const void *self, const double *x, const double *t, size_t classes)
{
    (void)self;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        lowest = fmin(lowest, x[c]);
        highest = fmax(highest, x[c]);
        sum -= t[c] > 0 ? log(x[c]) : 0;
    }
    return sum;
}

static double absolute(const void *self, const double *x, const double *t, size_t classes)
{
    (void)self, (void)t, (void)classes;
    return x[0] > 0 ? 3 * x[0] : -x[0];
}

static void ones(const void *self, const double *x, const double *t, size_t classes,
                 double *gradient)
{
    (void)self, (void)x, (void)t;
    for (size_t c = 0; c < classes; c++)
        gradient[c] = 1;
}

static uint64_t probabilities(const void *self)
{
    (void)self;
    return CNN_TAKES_PROBABILITIES;
}

static void differentiate(cnn_loss loss, const double *x, double *gradient)
{
    const cnn_plugin_file file = {.loss = loss};
    const cnn_instance instance = {.file = &file};
    static const double target[CLASSES] = {0, 1, 0};
    double work[CLASSES];
    cnn_objective_gradient(&instance, x, target, CLASSES, gradient, work);
}

START_TEST(smooth_losses)
{
    const double x[CLASSES] = {0.5, -2, 1}, wanted[CLASSES] = {-1, -11.5, 5};
    double gradient[CLASSES];
    differentiate((cnn_loss){.value = coupled_squares}, x, gradient);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_double_eq_tol(gradient[c], wanted[c], 1e-8);
}
END_TEST

/* The error that loss.h promises. */
START_TEST(small_probabilities)
{
    static const double at[] = {1, 0.5, 1e-6, 1e-7}, error[] = {1e-5, 1e-9, 2e-5, 2e-3};
    for (size_t i = 0; i < 4; i++) {
        const double x[CLASSES] = {0, at[i], 1 - at[i]};
        double gradient[CLASSES];
        lowest = highest = 0.5;
        differentiate((cnn_loss){.value = logarithm, .claims = probabilities}, x, gradient);
        ck_assert_double_eq_tol(gradient[1] * at[i], -1, error[i]);
        ck_assert_double_eq(gradient[0], 0);
        ck_assert_double_ge(lowest, 0);
        ck_assert_double_le(highest, 1);
    }
}
END_TEST

/* An output a little outside, as rounding leaves it, is no reason to divide by nothing. */
START_TEST(outside_of_probabilities)
{
    const double x[CLASSES] = {-1e-9, 1.5, 2};
    double gradient[CLASSES];
    lowest = highest = 0.5;
    differentiate((cnn_loss){.value = logarithm, .claims = probabilities}, x, gradient);
    ck_assert_double_eq_tol(gradient[1], -1 / 1.5, 1e-5);
    ck_assert_double_eq(gradient[0], 0);
    ck_assert_double_eq(lowest, -1e-9);
    ck_assert_double_eq(highest, 2);
}
END_TEST

START_TEST(kink_gives_the_mean_slope)
{
    const double x[CLASSES] = {0, 1, 1};
    double gradient[CLASSES];
    differentiate((cnn_loss){.value = absolute}, x, gradient);
    ck_assert_double_eq_tol(gradient[0], 1, 1e-12);
    ck_assert_double_eq(gradient[1], 0);
}
END_TEST

START_TEST(own_gradient_is_used)
{
    const double x[CLASSES] = {(double)NAN, (double)INFINITY, 0};
    double gradient[CLASSES] = {0};
    differentiate((cnn_loss){.value = coupled_squares, .gradient = ones}, x, gradient);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_double_eq(gradient[c], 1);
    differentiate((cnn_loss){.value = coupled_squares}, x, gradient);
    ck_assert(isnan(gradient[0]));
}
END_TEST

UNIT_MAIN("objective", smooth_losses, small_probabilities, outside_of_probabilities,
          kink_gives_the_mean_slope, own_gradient_is_used)
