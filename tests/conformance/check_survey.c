/* check_survey.c - rules on what a layer measures of all training data before the first step. */
#include "layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 27};

/* Calls `test` on the layer made for every input shape that it accepts, if it asks for a survey
 * there. */
static void each_surveying(kit_case *c, void (*test)(kit_instance *))
{
    cnn_error refusal = {0};
    size_t tested = 0;
    for (size_t v = 0; v < kit_layer_variants; v++) {
        kit_instance *layer = kit_make(c, &plain, NULL, v, &refusal);
        if (layer && layer->plan.surveys) {
            test(layer);
            tested++;
        }
        if (layer)
            kit_unmake(layer);
        kit_arena_reset(0);
    }
    if (!tested)
        kit_skip("it measures nothing before the first step");
}

/* Sums that begin as `from`, or at 0; the caller frees. */
static double *survey(kit_pass *p, uint64_t pass, uint64_t all, const double *totals,
                      const double *from)
{
    const uint64_t count = p->layer->plan.surveys;
    double *sums = cnn_alloc(count, sizeof *sums);
    if (from)
        memcpy(sums, from, count * sizeof *sums);
    kit_survey(p, pass, all, totals, sums);
    return sums;
}

/* That each sum is a + b, but for rounding. */
static void expect_sum(const double *sums, const double *a, const double *b, uint64_t count,
                       const char *when)
{
    double scale = 1e-3;
    for (uint64_t i = 0; i < count; i++)
        scale = fmax(scale, fmax(fabs(a[i]), fabs(b[i])));
    for (uint64_t i = 0; i < count; i++)
        if (!(fabs(sums[i] - (a[i] + b[i])) <= 1e-6 * scale))
            kit_fail("sums[%llu] is %.12g %s; it must be %.12g", (unsigned long long)i, sums[i],
                     when, a[i] + b[i]);
}

static void test_adding(kit_instance *layer)
{
    enum { ALL = 5 };
    const uint64_t count = layer->plan.surveys;
    kit_pass a = kit_pass_new(layer, &plain, 3), b = kit_pass_new(layer, &plain, 2);
    for (uint64_t i = 0; i < b.samples * b.in; i++)
        b.x[i] = 2 * b.x[i] + 1;
    double *first = survey(&a, 0, ALL, NULL, NULL), *other = survey(&b, 0, ALL, NULL, NULL),
           *again = survey(&a, 0, ALL, NULL, NULL), *both = survey(&a, 0, ALL, NULL, other);
    if (memcmp(first, again, count * sizeof *first) != 0)
        kit_fail("survey gives other numbers for a shard after another one; it must depend on the "
                 "shard alone");
    expect_sum(both, first, other, count, "after a second shard");
    free(first);
    free(other);
    free(again);
    free(both);
}

static void check_adding(kit_case *c)
{
    each_surveying(c, test_adding);
}

static void test_parts(kit_instance *layer)
{
    enum { LEFT = 3, RIGHT = 2, ALL = LEFT + RIGHT };
    const uint64_t count = layer->plan.surveys,
                   passes = layer->plan.survey_passes ? layer->plan.survey_passes : 1;
    kit_pass all = kit_pass_new(layer, &plain, ALL), a = kit_pass_new(layer, &plain, LEFT),
             b = kit_pass_new(layer, &plain, RIGHT);
    double *totals = cnn_alloc(passes * count, sizeof *totals);
    memcpy(a.x, all.x, LEFT * all.in * sizeof(float));
    memcpy(b.x, all.x + LEFT * all.in, RIGHT * all.in * sizeof(float));
    for (size_t i = 0; i < layer->inputs; i++)
        if (all.other[i]) {
            memcpy(a.other[i], all.other[i], LEFT * all.in * sizeof(float));
            memcpy(b.other[i], all.other[i] + LEFT * all.in, RIGHT * all.in * sizeof(float));
        }
    for (uint64_t pass = 0; pass < passes; pass++) {
        double *whole = totals + pass * count, *left = survey(&a, pass, ALL, totals, NULL),
               *right = survey(&b, pass, ALL, totals, NULL);
        kit_survey(&all, pass, ALL, totals, whole);
        expect_sum(whole, left, right, count, "in one call, and not what two calls give");
        free(left);
        free(right);
    }
    free(totals);
}

static void check_parts(kit_case *c)
{
    each_surveying(c, test_parts);
}

static void expect_finite(kit_pass *p, const char *when)
{
    const cnn_layer_plan *plan = &p->layer->plan;
    kit_settle(p);
    for (uint64_t w = 0; w < plan->weight_count; w++)
        for (uint64_t i = 0; plan->weights[w].role == CNN_ROLE_MEASURED && i < p->size[w]; i++)
            if (!isfinite(p->w[w][i]))
                kit_fail("%s[%llu] is %g where %s; it must be finite", plan->weights[w].name,
                         (unsigned long long)i, (double)p->w[w][i], when);
}

static void test_finite(kit_instance *layer)
{
    kit_pass one = kit_pass_new(layer, &plain, 1), alike = kit_pass_new(layer, &plain, 3);
    for (uint64_t i = 0; i < alike.samples * alike.in; i++)
        alike.x[i] = 0.5F;
    for (size_t k = 0; k < layer->inputs; k++)
        for (uint64_t i = 0; alike.other[k] && i < alike.samples * alike.in; i++)
            alike.other[k][i] = 0.5F;
    expect_finite(&one, "there is one sample");
    expect_finite(&alike, "all numbers of all samples are the same");
}

static void check_finite(kit_case *c)
{
    each_surveying(c, test_finite);
}

const kit_check kit_survey_checks[] = {
    {"LAY-24", "a survey adds what its samples give", 3, CNN_KIND_LAYER, 0, check_adding},
    {"LAY-25", "a survey in parts gives what it gives in one call", 3, CNN_KIND_LAYER, 0,
     check_parts},
    {"LAY-26", "what is measured is finite", 3, CNN_KIND_LAYER, 0, check_finite},
    {0},
};
