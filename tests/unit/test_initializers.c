/* test_initializers.c - what the initializers draw: distribution, moments, streams, rounding. */
#include "unit_spec.h"

#include <math.h>

#define COUNT 100000u

static double uniform_below(double x, double low, double high)
{
    return (x - low) / (high - low);
}

static double normal_below(double x, double mean, double sigma)
{
    return 0.5 + 0.5 * erf((x - mean) / sigma / sqrt(2.0));
}

/* Normal, redrawn beyond two standard deviations. */
static double cut_normal_below(double x, double mean, double sigma)
{
    return 0.5 + 0.5 * erf((x - mean) / sigma / sqrt(2.0)) / erf(sqrt(2.0));
}

#define CUT 0.87962566103423978 /* of the standard deviation is left by the cut */
#define WIDTH(BOUND) -(BOUND), BOUND

/* What each draws for a kernel of 200 x 500: a distribution with its two numbers, and the variance.
 * The mean is the distribution's middle. */
static const struct random_one {
    const char *spec;
    double (*below)(double x, double a, double b);
    double a, b, variance;
} random_ones[] = {
    {"random_uniform", uniform_below, -0.05, 0.05, 0.01 / 12},
    {"random_uniform: {minval: 2, maxval: 5}", uniform_below, 2, 5, 9.0 / 12},
    {"glorot_uniform", uniform_below, WIDTH(0.09258200997725514), 2.0 / 700}, /* sqrt(6 / 700) */
    {"he_normal", cut_normal_below, 0, 0.1 / CUT, 0.01},
    {"random_normal", normal_below, 0, 0.05, 0.0025},
    {"random_normal: {mean: -3, stddev: 2}", normal_below, -3, 2, 4},
    {"truncated_normal", cut_normal_below, 0, 0.05, 0.0025 * CUT *CUT},
    {"truncated_normal: {mean: 1, stddev: 4}", cut_normal_below, 1, 4, 16 * CUT *CUT},
    {"variance_scaling", cut_normal_below, 0, 0.07071067811865475 / CUT, 1.0 / 200},
    {"variance_scaling: {scale: 5, mode: fan_out}", cut_normal_below, 0, 0.1 / CUT, 0.01},
    {"variance_scaling: {scale: 3.5, mode: fan_avg, distribution: untruncated_normal}",
     normal_below, 0, 0.1, 0.01},
    {"variance_scaling: {scale: 6, distribution: uniform}", uniform_below, WIDTH(0.3), 0.03},
    {"glorot_normal", cut_normal_below, 0, 0.05345224838248488 / CUT, 2.0 / 700},
    {"he_uniform", uniform_below, WIDTH(0.17320508075688773), 0.01},
    {"lecun_uniform", uniform_below, WIDTH(0.12247448713915891), 0.005},
    {"lecun_normal", cut_normal_below, 0, 0.07071067811865475 / CUT, 0.005},
    {"torch_default", uniform_below, WIDTH(0.07071067811865475), 1.0 / 600},
    {"caffe_xavier", uniform_below, WIDTH(0.12247448713915891), 0.005},
    {"caffe_xavier: {variance_norm: fan_out}", uniform_below, WIDTH(0.07745966692414834), 0.002},
    {"caffe_xavier: {variance_norm: average}", uniform_below, WIDTH(0.09258200997725514),
     2.0 / 700},
    /* Nearly: a coordinate of a direction in 500 dimensions. */
    {"orthogonal: {gain: 3}", normal_below, 0, 0.1341640786499874, 0.018},
};
#define RANDOM_ONES (sizeof random_ones / sizeof random_ones[0])

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
    for (size_t k = 0; k < RANDOM_ONES; k++) {
        double mean, variance, sum = 0, squares = 0;
        draw(random_ones[k].spec, &tensor, stream, w);
        claimed(random_ones[k].spec, &mean, &variance);
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
    for (size_t k = 0; k < RANDOM_ONES; k++) {
        const struct random_one *one = &random_ones[k];
        claimed(one->spec, &mean, &variance);
        ck_assert_double_eq_tol(mean, one->below == uniform_below ? (one->a + one->b) / 2 : one->a,
                                1e-15);
        ck_assert_double_eq_tol(variance, one->variance, 1e-14 * one->variance);
    }
    claimed("constant: {value: 0.075}", &mean, &variance);
    ck_assert_double_eq_tol(mean, 0.075, 1e-8);
    ck_assert_double_eq(variance, 0);
}
END_TEST

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: the largest distance between the two distribution functions. */
static double distance_from(const struct random_one *one, float *w, size_t count)
{
    double distance = 0;
    qsort(w, count, sizeof *w, ascending);
    for (size_t i = 0; i < count; i++) {
        const double below = one->below((double)w[i], one->a, one->b);
        distance = fmax(distance, fabs(below - (double)i / (double)count));
        distance = fmax(distance, fabs(below - (double)(i + 1) / (double)count));
    }
    return distance * sqrt((double)count);
}

START_TEST(distributions)
{
    static float w[COUNT];
    for (size_t k = 0; k < RANDOM_ONES; k++) {
        draw(random_ones[k].spec, &tensor, stream, w);
        const double distance = distance_from(&random_ones[k], w, COUNT);
        ck_assert_msg(distance < 1.95, "%s is off by %g", random_ones[k].spec, distance);
        ck_assert_msg(distance > 0.1, "%s is too even, %g", random_ones[k].spec, distance);
    }
}
END_TEST

/* Elements of one tensor at several distances, and those of two tensors at the same place: their
 * mean product is that of independent numbers. */
static void uncorrelated(const struct random_one *one, const float *a, const float *b, size_t apart)
{
    double mean, variance, product = 0;
    claimed(one->spec, &mean, &variance);
    for (size_t i = 0; i + apart < COUNT; i++)
        product += ((double)a[i] - mean) * ((double)b[i + apart] - mean);
    ck_assert_msg(fabs(product / COUNT) < 5 * variance / sqrt(COUNT), "%s, %zu apart: %g of %g",
                  one->spec, apart, product / COUNT, variance);
}

START_TEST(elements_are_independent)
{
    static const size_t distances[] = {1, 2, 3, 16, 200, 500, 50000};
    static float w[COUNT], other[COUNT];
    const cnn_random next = {1, 78}, seed = {2, 77};
    for (size_t k = 0; k < RANDOM_ONES; k++) {
        const struct random_one *one = &random_ones[k];
        draw(one->spec, &tensor, stream, w);
        for (size_t d = 0; d < sizeof distances / sizeof distances[0]; d++)
            uncorrelated(one, w, w, distances[d]);
        draw(one->spec, &tensor, next, other);
        uncorrelated(one, w, other, 0);
        draw(one->spec, &tensor, seed, other);
        uncorrelated(one, w, other, 0);
    }
}
END_TEST

START_TEST(elements_are_functions_of_stream_and_index)
{
    static float w[COUNT], again[COUNT], few[12];
    const cnn_tensor small = {"dense/kernel", {2, {4, 3}}, 200, 500, CNN_ROLE_KERNEL};
    for (size_t k = 0; k <= RANDOM_ONES; k++) {
        const char *spec = k < RANDOM_ONES ? random_ones[k].spec : "random_scale";
        draw(spec, &tensor, stream, w);
        draw(spec, &tensor, stream, again);
        ck_assert_mem_eq(w, again, sizeof w);
        draw(spec, &small, stream, few);
        if (strncmp(spec, "orthogonal", 10) != 0) /* there each depends on all */
            ck_assert_mem_eq(w, few, sizeof few);
    }
}
END_TEST

/* The logarithm of the scale is uniform over the streams, the elements are uniform within it. */
START_TEST(random_scales)
{
    enum { STREAMS = 2000 };
    static float w[COUNT], scales[STREAMS];
    const struct random_one logs = {"log", uniform_below, -2, 3, 0};
    for (uint64_t k = 0; k < STREAMS; k++) {
        const cnn_tensor some = {"dense/kernel", {2, {20, 500}}, 20, 500, CNN_ROLE_KERNEL};
        float most = 0;
        draw("random_scale: {min_scale: 0.01, max_scale: 1000}", &some, (cnn_random){3, k}, w);
        for (size_t i = 0; i < 10000; i++)
            most = fmaxf(most, fabsf(w[i]));
        scales[k] = (float)log10((double)most); /* 1 / 10,000 below the scale */
    }
    const double distance = distance_from(&logs, scales, STREAMS);
    ck_assert_msg(distance < 1.95 && distance > 0.1, "off by %g", distance);
    draw("random_scale: {min_scale: 7, max_scale: 7}", &tensor, stream, w);
    const struct random_one inside = {"inside", uniform_below, -7, 7, 0};
    const double within = distance_from(&inside, w, COUNT);
    ck_assert_msg(within < 1.95 && within > 0.1, "off by %g", within);
}
END_TEST

/* The product of two of the shorter side's vectors, as a matrix of rows x columns. */
static double product_of(const float *w, const cnn_shape *shape, size_t a, size_t b)
{
    const size_t columns = shape->dim[shape->rank - 1], rows = cnn_shape_count(shape) / columns;
    double sum = 0;
    if (rows >= columns)
        for (size_t i = 0; i < rows; i++)
            sum += (double)w[i * columns + a] * (double)w[i * columns + b];
    else
        for (size_t i = 0; i < columns; i++)
            sum += (double)w[a * columns + i] * (double)w[b * columns + i];
    return sum;
}

START_TEST(orthogonal_vectors)
{
    static const cnn_shape shapes[] = {{2, {200, 500}},    {2, {90, 60}},   {2, {64, 64}},
                                       {4, {3, 3, 4, 17}}, {3, {2, 3, 50}}, {2, {1, 1}}};
    static float w[COUNT];
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        const cnn_tensor one = {"k", shapes[k], 1, 1, CNN_ROLE_KERNEL};
        const size_t columns = shapes[k].dim[shapes[k].rank - 1];
        const size_t rows = cnn_shape_count(&shapes[k]) / columns;
        const size_t short_side = rows < columns ? rows : columns;
        draw("orthogonal: {gain: 2}", &one, stream, w);
        for (size_t a = 0; a < short_side; a++)
            for (size_t b = 0; b <= a; b++)
                ck_assert_double_eq_tol(product_of(w, &shapes[k], a, b), a == b ? 4 : 0, 4e-6);
    }
}
END_TEST

START_TEST(identities)
{
    static const float middle[] = {1, 0, 0, 0, 1, 0};
    float w[54];
    const cnn_tensor matrix = {"k", {2, {3, 2}}, 3, 2, CNN_ROLE_KERNEL};
    const cnn_tensor window = {"k", {4, {3, 3, 2, 3}}, 18, 27, CNN_ROLE_KERNEL};
    draw("identity: {gain: -2.5}", &matrix, stream, w);
    ck_assert(w[0] == -2.5f && w[1] == 0 && w[2] == 0 && w[3] == -2.5f && w[4] == 0 && w[5] == 0);
    draw("identity", &window, stream, w);
    for (size_t i = 0; i < 54; i++)
        ck_assert(w[i] == (i / 6 == 4 ? middle[i % 6] : 0));
}
END_TEST

/* A bias has no two sides. */
START_TEST(some_want_matrices)
{
    const char *const specs[] = {"identity", "orthogonal"};
    const cnn_tensor bias = {"dense/bias", {1, {5}}, 5, 5, CNN_ROLE_BIAS};
    for (size_t k = 0; k < 2; k++) {
        cnn_instance *instance = unit_instance(CNN_KIND_INITIALIZER, specs[k]);
        cnn_error error = {0};
        float w[5];
        ck_assert_int_eq(
            instance->file->initializer.fill(instance->self, &bias, &stream, w, &error), -1);
        ck_assert_ptr_nonnull(strstr(error.text, "'dense/bias' has 1 extents"));
        cnn_instance_free(instance);
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
    unit_refused(CNN_KIND_INITIALIZER, "random_normal: {stddev: -1}", "stddev is -1");
    unit_refused(CNN_KIND_INITIALIZER, "truncated_normal: {mean: 100, stddev: 1e-5}",
                 "stddev is 1e-05 beside a mean of 100");
    unit_refused(CNN_KIND_INITIALIZER, "random_scale: {min_scale: 2}",
                 "min_scale is 2 and max_scale is 1");
    unit_refused(CNN_KIND_INITIALIZER, "variance_scaling: {mode: fan_mean}", "fan_avg");
    unit_refused(CNN_KIND_INITIALIZER, "variance_scaling: {scale: 0}", "scale is 0");
}
END_TEST

START_TEST(resolved)
{
    unit_resolves(CNN_KIND_INITIALIZER, "constant", "constant: {value: 0.0}");
    unit_resolves(CNN_KIND_INITIALIZER, "random_uniform",
                  "random_uniform: {minval: -0.05, maxval: 0.05}");
    unit_resolves(CNN_KIND_INITIALIZER, "he_normal", "he_normal");
    unit_resolves(CNN_KIND_INITIALIZER, "random_normal",
                  "random_normal: {mean: 0.0, stddev: 0.05}");
    unit_resolves(CNN_KIND_INITIALIZER, "truncated_normal",
                  "truncated_normal: {mean: 0.0, stddev: 0.05}");
    unit_resolves(CNN_KIND_INITIALIZER, "variance_scaling",
                  "variance_scaling: {scale: 1.0, mode: fan_in, distribution: truncated_normal}");
    unit_resolves(CNN_KIND_INITIALIZER, "orthogonal", "orthogonal: {gain: 1.0}");
    unit_resolves(CNN_KIND_INITIALIZER, "random_scale",
                  "random_scale: {min_scale: 0.001, max_scale: 1.0}");
    unit_resolves(CNN_KIND_INITIALIZER, "caffe_xavier", "caffe_xavier: {variance_norm: fan_in}");
}
END_TEST

UNIT_MAIN("initializers", moments_are_as_claimed, moments_are_the_formulas, distributions,
          elements_are_independent, elements_are_functions_of_stream_and_index, random_scales,
          orthogonal_vectors, identities, some_want_matrices, constants, uniform_stays_inside, fans,
          parameters, resolved)
