/* check_initializer.c - rules on initializers: finite, from the stream given, with the moments
 * claimed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "initializer.h"

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_NAN};

static void check_finite(kit_case *c)
{
    const kit_instance *instance = kit_make_any(c, &plain, NULL);
    for (size_t i = 0; i < kit_tensor_count; i++) {
        float *w;
        kit_where("tensor %s", kit_tensors[i].name);
        if (!kit_fill(instance, &plain, &kit_tensors[i], c->random, &w))
            continue;
        for (uint64_t k = 0; k < cnn_shape_count(&kit_tensors[i].shape); k++)
            if (!isfinite(w[k]))
                kit_fail("weights[%llu] is %g; weights must be finite", (unsigned long long)k,
                         (double)w[k]);
    }
    kit_where("%s", "");
}

static bool is_constant(const float *w, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (w[i] != w[0])
            return false;
    return true;
}

/* Few values, as in an identity: what looks like numbers drawn has more. */
static bool is_pattern(const float *w, uint64_t count)
{
    enum { FEW = 4 };
    float seen[FEW];
    size_t known = 0;
    for (uint64_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < known && seen[k] != w[i])
            k++;
        if (k == FEW)
            return false;
        if (k == known)
            seen[known++] = w[i];
    }
    return true;
}

/* Another seed, and another stream of the same seed, must give other numbers. */
static void check_streams(kit_case *c)
{
    const kit_instance *instance = kit_make_any(c, &plain, NULL);
    const cnn_tensor *tensor = &kit_tensors[0];
    const uint64_t count = cnn_shape_count(&tensor->shape);
    float *w, *other;
    if (!kit_fill(instance, &plain, tensor, (cnn_random){5, 7}, &w))
        kit_skip("it refuses %s", tensor->name);
    if (is_constant(w, count))
        kit_skip("all elements are the same number: it draws none");
    static const cnn_random streams[] = {
        {6, 7}, {5, 8}, {5, 7 + ((uint64_t)1 << 32)}, {5 + ((uint64_t)1 << 32), 7}};
    static const char *const words[] = {"another seed", "another stream", "another stream",
                                        "another seed"};
    size_t same = 0, first = 4;
    for (size_t i = 0; i < 4; i++) {
        if (!kit_fill(instance, &plain, tensor, streams[i], &other) ||
            memcmp(w, other, count * sizeof *w) != 0)
            continue;
        same++;
        first = i < first ? i : first;
    }
    if (same == 4 && is_pattern(w, count))
        kit_skip("it gives the same few values whatever the stream: it draws none");
    if (same > 0)
        kit_fail("%s gives the same %llu numbers; all of them must come from `random`",
                 words[first], (unsigned long long)count);
}

/* Sums of powers of (w - mean) / n; counted from w[0], so that a constant has no variance. */
static void measure(const float *w, uint64_t n, double *mean, double *variance, double *fourth)
{
    *mean = *variance = *fourth = 0;
    for (uint64_t i = 0; i < n; i++)
        *mean += ((double)w[i] - (double)w[0]) / (double)n;
    *mean += (double)w[0];
    for (uint64_t i = 0; i < n; i++) {
        const double d = ((double)w[i] - *mean) * ((double)w[i] - *mean);
        *variance += d / (double)n;
        *fourth += d * d / (double)n;
    }
}

/* Within six standard errors: of right plugins, one in 10^8 checks fails. */
static void test_moments(const kit_instance *instance, const cnn_tensor *tensor, cnn_random random)
{
    float *w;
    double mean, variance, fourth, claimed_mean = (double)NAN, claimed_variance = (double)NAN;
    const uint64_t n = cnn_shape_count(&tensor->shape);
    kit_where("tensor %s, %llu elements, fans %llu and %llu", tensor->name, (unsigned long long)n,
              (unsigned long long)tensor->fan_in, (unsigned long long)tensor->fan_out);
    if (!kit_fill(instance, &plain, tensor, random, &w))
        return;
    kit_enter("moments", KIT_SETUP);
    instance->file->initializer.moments(instance->self, tensor, &claimed_mean, &claimed_variance);
    kit_leave();
    if (!isfinite(claimed_mean) || !(claimed_variance >= 0))
        kit_fail("moments gives mean %g and variance %g; it must write both", claimed_mean,
                 claimed_variance);
    measure(w, n, &mean, &variance, &fourth);
    const double mean_error =
        6 * sqrt(claimed_variance / (double)n) + 1e-6 * fabs(claimed_mean) + 1e-30;
    const double spread = fourth - variance * variance;
    const double variance_error = 6 * sqrt(fmax(spread, 0.1 * variance * variance) / (double)n) +
                                  1e-6 * claimed_variance + 1e-30;
    if (fabs(mean - claimed_mean) > mean_error)
        kit_fail("the mean is %g; moments says %g, and chance allows %g to either side", mean,
                 claimed_mean, mean_error);
    if (fabs(variance - claimed_variance) > variance_error)
        kit_fail("the variance is %g; moments says %g, and chance allows %g to either side",
                 variance, claimed_variance, variance_error);
}

static void check_moments(kit_case *c)
{
    static const cnn_tensor large[] = {
        {"dense/kernel", {2, {256, 256}}, 256, 256, CNN_ROLE_KERNEL},
        {"wide/kernel", {2, {16, 4096}}, 16, 4096, CNN_ROLE_KERNEL},
        {"tall/kernel", {2, {4096, 16}}, 4096, 16, CNN_ROLE_KERNEL},
        {"conv2d/kernel", {4, {3, 3, 64, 100}}, 576, 900, CNN_ROLE_KERNEL},
        {"dense/bias", {1, {50000}}, 50000, 50000, CNN_ROLE_BIAS},
    };
    if (!c->file->initializer.moments)
        kit_skip("it claims no moments");
    cnn_error refusal;
    for (size_t setting = 0; setting < 5; setting++) {
        kit_instance *instance = setting == 0
                                     ? kit_make_any(c, &plain, NULL)
                                     : kit_make(c, &plain, kit_random_setting(c), 0, &refusal);
        for (size_t i = 0; instance && i < sizeof large / sizeof large[0]; i++) {
            const uint32_t mark = kit_arena_mark();
            test_moments(instance, &large[i], cnn_random_split(&c->random, 100 * setting + i));
            kit_arena_reset(mark);
        }
        kit_unmake(instance);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
}

/* Units that start the same stay the same. */
static void check_units(kit_case *c)
{
    const kit_instance *instance = kit_make_any(c, &plain, NULL);
    const cnn_tensor *tensor = &kit_tensors[0];
    const uint64_t rows = tensor->shape.dim[0], units = tensor->shape.dim[1];
    float *w;
    if (!kit_fill(instance, &plain, tensor, c->random, &w))
        kit_skip("it refuses %s", tensor->name);
    if (is_constant(w, rows * units))
        kit_skip("all elements are the same number, as in constant and zeros");
    for (uint64_t a = 0; a < units; a++)
        for (uint64_t b = a + 1; b < units; b++) {
            uint64_t i = 0;
            while (i < rows && w[i * units + a] == w[i * units + b])
                i++;
            if (i == rows)
                kit_fail("units %llu and %llu of a dense kernel get the same weights, and will "
                         "never differ",
                         (unsigned long long)a, (unsigned long long)b);
        }
}

/* Neighbours, and the halves of the tensor, are uncorrelated. */
static void check_correlation(kit_case *c)
{
    static const cnn_tensor tensor = {"dense/kernel", {2, {128, 128}}, 128, 128, CNN_ROLE_KERNEL};
    static const uint64_t distances[] = {1, 2, 4, 128, 8192};
    const kit_instance *instance = kit_make_any(c, &plain, NULL);
    const uint64_t n = 128 * 128;
    double mean, variance, fourth;
    float *w;
    if (!kit_fill(instance, &plain, &tensor, c->random, &w))
        kit_skip("it refuses %s", tensor.name);
    measure(w, n, &mean, &variance, &fourth);
    if (variance < 1e-30)
        kit_skip("all elements are the same number");
    for (size_t k = 0; k < sizeof distances / sizeof distances[0]; k++) {
        const uint64_t d = distances[k];
        double sum = 0;
        for (uint64_t i = 0; i + d < n; i++)
            sum += ((double)w[i] - mean) * ((double)w[i + d] - mean);
        const double r = sum / variance / (double)(n - d);
        if (fabs(r) > 8 / sqrt((double)(n - d)))
            kit_warn("elements %llu apart are correlated by %g; independent draws give about 0",
                     (unsigned long long)d, r);
    }
}

const kit_check kit_initializer_checks[] = {
    {"INIT-1", "weights are finite", 3, CNN_KIND_INITIALIZER, 0, check_finite},
    {"INIT-2", "other seeds and streams give other numbers", 3, CNN_KIND_INITIALIZER, 0,
     check_streams},
    {"INIT-4", "mean and variance as claimed", 3, CNN_KIND_INITIALIZER, 0, check_moments},
    {"INIT-7", "no two units start the same", 3, CNN_KIND_INITIALIZER, 0, check_units},
    {"INIT-8", "elements are independent", 3, CNN_KIND_INITIALIZER, 0, check_correlation},
    {0},
};
