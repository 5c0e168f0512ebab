/* check_metric.c - rules on metrics: names, sums that add up in any order, values that are numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric.h"

#define SETTINGS 4 /* of parameters, the defaults among them */
#define SAMPLES 100

static const kit_layout plain = {.side = KIT_RIGHT};

/* Calls `test` for every size of output that the metric takes, under several settings. */
static void each(kit_case *c, void (*test)(const kit_instance *metric))
{
    size_t tested = 0;
    for (size_t setting = 0; setting < SETTINGS; setting++)
        for (size_t v = 0; v < kit_drive_metric.variants; v++) {
            cnn_error refusal;
            kit_instance *metric =
                kit_make(c, &plain, setting ? kit_random_setting(c) : NULL, v, &refusal);
            if (metric) {
                kit_where("outputs of %llu floats, %llu classes",
                          (unsigned long long)metric->metric_plan.size,
                          (unsigned long long)metric->metric_plan.classes);
                test(metric);
                tested++;
                kit_unmake(metric);
            }
            kit_arena_reset(0);
        }
    kit_where("%s", "");
    if (!tested)
        kit_skip("it refuses all sizes of outputs that the kit has");
}

static void test_names(const kit_instance *metric)
{
    const cnn_metric_plan *plan = &metric->metric_plan;
    for (uint64_t v = 0; plan->names && v < plan->values; v++) {
        const char *name = plan->names[v];
        if (!name || !*name || strlen(name) > 64 ||
            strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name))
            kit_fail("name %llu of the values is '%s'; it must match [a-z0-9_]+, at most 64 long",
                     (unsigned long long)v, name ? name : "NULL");
        for (uint64_t w = 0; w < v; w++)
            if (strcmp(plan->names[w], name) == 0)
                kit_fail("two values are called '%s'; names must differ", name);
    }
}

static void check_names(kit_case *c)
{
    each(c, test_names);
}

/* Fails where two runs over the same samples differ by more than rounding. */
static void expect_near(const kit_instance *metric, double *a, double *b, const char *what)
{
    double *x = kit_metric_room(metric, &plain), *y = kit_metric_room(metric, &plain);
    for (uint64_t i = 0; i < metric->metric_plan.sums; i++)
        if (fabs(a[i] - b[i]) > 1e-9 * fmax(1, fabs(a[i])))
            kit_fail("sum %llu is %.12g, and %.12g %s", (unsigned long long)i, a[i], b[i], what);
    kit_metric_values(metric, &plain, SAMPLES, a, x);
    kit_metric_values(metric, &plain, SAMPLES, b, y);
    for (uint64_t v = 0; v < metric->metric_plan.values; v++)
        if (fabs(x[v] - y[v]) > 1e-6 * fmax(1, fabs(x[v])))
            kit_fail("value %llu is %.12g, and %.12g %s", (unsigned long long)v, x[v], y[v], what);
}

static void swap_samples(kit_samples *s, uint64_t a, uint64_t b)
{
    for (uint64_t i = 0; i < s->size; i++) {
        const float output = s->outputs[a * s->size + i];
        s->outputs[a * s->size + i] = s->outputs[b * s->size + i];
        s->outputs[b * s->size + i] = output;
        if (!s->targets)
            continue;
        const float target = s->targets[a * s->size + i];
        s->targets[a * s->size + i] = s->targets[b * s->size + i];
        s->targets[b * s->size + i] = target;
    }
    if (s->labels) {
        const int32_t label = s->labels[a];
        s->labels[a] = s->labels[b];
        s->labels[b] = label;
    }
}

static void test_order(const kit_instance *metric)
{
    kit_samples samples = kit_samples_new(metric, &plain, SAMPLES, 21);
    double *forward = kit_metric_sums(metric, &plain), *backward = kit_metric_sums(metric, &plain);
    kit_metric_add_all(metric, &plain, &samples, 16, forward);
    for (uint64_t i = 0; i < SAMPLES / 2; i++)
        swap_samples(&samples, i, SAMPLES - 1 - i);
    kit_metric_add_all(metric, &plain, &samples, 16, backward);
    expect_near(metric, forward, backward, "with the samples in the opposite order");
}

static void check_order(kit_case *c)
{
    each(c, test_order);
}

/* Shards of one sample; and two halves of the samples, each with sums of its own, added. */
static void test_shards(const kit_instance *metric)
{
    const kit_samples samples = kit_samples_new(metric, &plain, SAMPLES, 22);
    const uint64_t half = 48, count = metric->metric_plan.sums;
    double *whole = kit_metric_sums(metric, &plain), *single = kit_metric_sums(metric, &plain),
           *first = kit_metric_sums(metric, &plain), *second = kit_metric_sums(metric, &plain);
    kit_metric_add_all(metric, &plain, &samples, 16, whole);
    kit_metric_add_all(metric, &plain, &samples, 1, single);
    expect_near(metric, whole, single, "with the samples one by one");
    for (uint64_t i = 0; i < half; i += 16)
        kit_metric_add(metric, &plain, &samples, i, 16, first);
    for (uint64_t i = half; i < SAMPLES; i += 16)
        kit_metric_add(metric, &plain, &samples, i, SAMPLES - i < 16 ? SAMPLES - i : 16, second);
    for (uint64_t i = 0; i < count; i++)
        first[i] += second[i];
    expect_near(metric, whole, first, "as the sum of two parts");
}

static void check_shards(kit_case *c)
{
    each(c, test_shards);
}

/* One sample, samples of a single class, outputs that are all alike. */
static void test_finite(const kit_instance *metric)
{
    for (int k = 0; k < 3; k++) {
        kit_samples samples = kit_samples_new(metric, &plain, k ? SAMPLES : 1, 23);
        double *sums = kit_metric_sums(metric, &plain), *values = kit_metric_room(metric, &plain);
        for (uint64_t i = 0; k && samples.labels && i < SAMPLES; i++)
            samples.labels[i] = 0;
        for (uint64_t i = 0; k == 2 && i < SAMPLES * samples.size; i++)
            samples.outputs[i] = 0;
        kit_metric_add_all(metric, &plain, &samples, 16, sums);
        kit_metric_values(metric, &plain, samples.count, sums, values);
        for (uint64_t v = 0; v < metric->metric_plan.values; v++)
            if (!isfinite(values[v]))
                kit_fail("value %llu is %g %s; it must be finite", (unsigned long long)v, values[v],
                         k == 0   ? "over one sample"
                         : k == 1 ? "where all samples are of one class"
                                  : "where all outputs are 0");
    }
}

static void check_finite(kit_case *c)
{
    each(c, test_finite);
}

/* What a diverging network gives; the values may be anything. */
static void test_wild(const kit_instance *metric)
{
    const float wild[] = {NAN, INFINITY, -INFINITY, 3e38F, -3e38F, 1e-45F};
    const kit_samples samples = kit_samples_new(metric, &plain, SAMPLES, 24);
    double *sums = kit_metric_sums(metric, &plain), *values = kit_metric_room(metric, &plain);
    for (uint64_t i = 0; i < SAMPLES * samples.size; i++)
        samples.outputs[i] = i % 3 ? wild[i % 6] : samples.outputs[i];
    kit_metric_add_all(metric, &plain, &samples, 16, sums);
    kit_metric_values(metric, &plain, SAMPLES, sums, values);
}

static void check_wild(kit_case *c)
{
    each(c, test_wild);
}

const kit_check kit_metric_checks[] = {
    {"MET-1", "values have names that can be columns", 3, CNN_KIND_METRIC, 0, check_names},
    {"MET-2", "the order of samples does not count", 3, CNN_KIND_METRIC, 0, check_order},
    {"MET-3", "nor how they are cut into shards", 3, CNN_KIND_METRIC, 0, check_shards},
    {"MET-4", "values are finite", 3, CNN_KIND_METRIC, 0, check_finite},
    {"MET-5", "any outputs are taken", 3, CNN_KIND_METRIC, 0, check_wild},
    {0},
};
