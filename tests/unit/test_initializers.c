/* test_initializers.c - what the initializers draw: distribution, moments, streams, rounding. */
#include "unit_spec.h"

#include <math.h>

#define COUNT 100000u

static const char *const random_ones[] = {
    "random_uniform", "random_uniform: {minval: 2, maxval: 5}", "glorot_uniform", "he_normal"};
static const char *const constant_ones[] = {"zeros", "ones", "constant: {value: 0.075}"};

static const cnn_tensor tensor = {"dense/kernel", {2, {200, 500}}, 200, 500, CNN_ROLE_KERNEL};
static const cnn_random stream = {1, 77};

static void draw(const char *spec, const cnn_tensor *what, cnn_random random, float *weights)
{
    cnn_instance *instance = unit_instance(CNN_KIND_INITIALIZER, spec);
    cnn_error error = {0};
    for (uint64_t i = 0; i < cnn_shape_count(&what->shape); i++)
        weights[i] = NAN;
    ck_assert_int_eq(
        instance->file->initializer.fill(instance->self, what, &random, weights, &error), 0);
    cnn_instance_free(instance);
}

static void claimed(const char *spec, double *mean, double *variance)
{
    cnn_instance *instance = unit_instance(CNN_KIND_INITIALIZER, spec);
    instance->file->initializer.moments(instance->self, &tensor, mean, variance);
    cnn_instance_free(instance);
}

/* The variance of a sample's variance is below 2 variance^2 / n for what has no heavy tails. */
START_TEST(moments_are_as_claimed)
{
    static float w[COUNT];
    for (size_t k = 0; k < sizeof random_ones / sizeof random_ones[0]; k++) {
        double mean, variance, sum = 0, squares = 0;
        draw(random_ones[k], &tensor, stream, w);
        claimed(random_ones[k], &mean, &variance);
        for (size_t i = 0; i < COUNT; i++) {
            sum += (double)w[i];
            squares += ((double)w[i] - mean) * ((double)w[i] - mean);
        }
        ck_assert_double_eq_tol(sum / COUNT, mean, 5 * sqrt(variance / COUNT));
        ck_assert_double_eq_tol(squares / COUNT, variance, 5 * variance * sqrt(2.0 / COUNT));
    }
}
END_TEST

START_TEST(moments_are_the_formulas)
{
    double mean, variance;
    claimed("glorot_uniform", &mean, &variance);
    ck_assert_double_eq_tol(variance, 2.0 / 700, 1e-15);
    claimed("he_normal", &mean, &variance);
    ck_assert_double_eq_tol(variance, 2.0 / 200, 1e-15);
    claimed("random_uniform", &mean, &variance);
    ck_assert_double_eq_tol(mean, 0, 1e-15);
    ck_assert_double_eq_tol(variance, 0.01 / 12, 1e-15);
    claimed("constant: {value: 0.075}", &mean, &variance);
    ck_assert_double_eq_tol(mean, 0.075, 1e-8);
    ck_assert_double_eq(variance, 0);
}
END_TEST

static double uniform_below(double x, double low, double high)
{
    return (x - low) / (high - low);
}

static double cut_normal_below(double x, double sigma)
{
    const double all = erf(sqrt(2.0)); /* within two standard deviations */
    return 0.5 + 0.5 * erf(x / sigma / sqrt(2.0)) / all;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: the largest distance between the two distribution functions. */
START_TEST(distributions)
{
    static float w[COUNT];
    const double glorot = sqrt(6.0 / 700), sigma = 0.1 / 0.87962566103423978;
    for (size_t k = 0; k < sizeof random_ones / sizeof random_ones[0]; k++) {
        double distance = 0;
        draw(random_ones[k], &tensor, stream, w);
        qsort(w, COUNT, sizeof *w, ascending);
        for (size_t i = 0; i < COUNT; i++) {
            const double x = (double)w[i];
            const double below[] = {uniform_below(x, -0.05, 0.05), uniform_below(x, 2, 5),
                                    uniform_below(x, -glorot, glorot), cut_normal_below(x, sigma)};
            distance = fmax(distance, fabs(below[k] - (double)i / COUNT));
            distance = fmax(distance, fabs(below[k] - (double)(i + 1) / COUNT));
        }
        ck_assert_msg(distance < 1.95 / sqrt(COUNT), "%s is off by %g", random_ones[k], distance);
        ck_assert_msg(distance > 0.1 / sqrt(COUNT), "%s is too even, %g", random_ones[k], distance);
    }
}
END_TEST

START_TEST(elements_are_functions_of_stream_and_index)
{
    static float w[COUNT], again[COUNT], other[COUNT], few[12];
    const cnn_tensor small = {"dense/kernel", {2, {4, 3}}, 200, 500, CNN_ROLE_KERNEL};
    const cnn_random next = {1, 78}, seed = {2, 77};
    for (size_t k = 0; k < sizeof random_ones / sizeof random_ones[0]; k++) {
        draw(random_ones[k], &tensor, stream, w);
        draw(random_ones[k], &tensor, stream, again);
        ck_assert_mem_eq(w, again, sizeof w);
        draw(random_ones[k], &small, stream, few);
        ck_assert_mem_eq(w, few, sizeof few);
        for (int which = 0; which < 2; which++) {
            double product = 0, mean, variance;
            draw(random_ones[k], &tensor, which ? next : seed, other);
            claimed(random_ones[k], &mean, &variance);
            for (size_t i = 0; i < COUNT; i++)
                product += ((double)w[i] - mean) * ((double)other[i] - mean);
            ck_assert_double_lt(fabs(product / COUNT), 5 * variance / sqrt(COUNT));
        }
    }
}
END_TEST

START_TEST(constants)
{
    static const float wanted[] = {0, 1, 0.075f};
    static float w[COUNT];
    for (size_t k = 0; k < 3; k++) {
        draw(constant_ones[k], &tensor, stream, w);
        for (size_t i = 0; i < COUNT; i++)
            ck_assert(w[i] == wanted[k]);
    }
}
END_TEST

/* Rounding to float leaves the interval at neither end, also where it holds few floats or none. */
START_TEST(uniform_stays_inside)
{
    static const double bounds[][2] = {{1, 1.0000002},      {-1.0000002, -1}, {-0.05, 0.05},
                                       {0.1, 0.1},          {-3e38, 3e38},    {1e-45, 1e-44},
                                       {16777216, 16777219}};
    static float w[COUNT];
    for (size_t k = 0; k < sizeof bounds / sizeof bounds[0]; k++) {
        char spec[128];
        (void)snprintf(spec, sizeof spec, "random_uniform: {minval: %.17g, maxval: %.17g}",
                       bounds[k][0], bounds[k][1]);
        draw(spec, &tensor, stream, w);
        for (size_t i = 0; i < COUNT; i++) {
            const double x = (double)w[i];
            const bool inside = bounds[k][0] < bounds[k][1] ? x >= bounds[k][0] && x < bounds[k][1]
                                                            : w[i] == (float)bounds[k][0];
            ck_assert_msg(inside, "%s gives %.17g", spec, x);
        }
    }
    draw("random_uniform: {minval: 1.00000001, maxval: 1.00000002}", &tensor, stream, w);
    ck_assert(w[0] == 1); /* no float lies between the two */
}
END_TEST

START_TEST(fans)
{
    static float w[COUNT];
    const cnn_tensor one = {"b", {1, {1}}, 1, 1, CNN_ROLE_BIAS};
    cnn_tensor huge = {"b", {1, {COUNT}}, UINT64_MAX, UINT64_MAX, CNN_ROLE_BIAS};
    draw("he_normal", &one, stream, w);
    ck_assert(isfinite(w[0]));
    draw("glorot_uniform", &huge, stream, w);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(fabsf(w[i]) < 1e-9f);
    ck_assert(w[0] != w[1]);
}
END_TEST

START_TEST(parameters)
{
    unit_refused(CNN_KIND_INITIALIZER, "random_uniform: {minval: 1, maxval: 0}",
                 "minval is 1 and maxval is 0");
    unit_refused(CNN_KIND_INITIALIZER, "constant: {value: 1e39}", "value is");
    unit_refused(CNN_KIND_INITIALIZER, "constant: {value: .nan}", "value");
    unit_refused(CNN_KIND_INITIALIZER, "zeros: {value: 1}", "value");
}
END_TEST

START_TEST(resolved)
{
    unit_resolves(CNN_KIND_INITIALIZER, "constant", "constant: {value: 0.0}");
    unit_resolves(CNN_KIND_INITIALIZER, "random_uniform",
                  "random_uniform: {minval: -0.05, maxval: 0.05}");
    unit_resolves(CNN_KIND_INITIALIZER, "he_normal", "he_normal");
}
END_TEST

UNIT_MAIN("initializers", moments_are_as_claimed, moments_are_the_formulas, distributions,
          elements_are_functions_of_stream_and_index, constants, uniform_stays_inside, fans,
          parameters, resolved)
