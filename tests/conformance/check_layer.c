/* check_layer.c - rules on layers: what plan promises, and samples that do not touch each other. */
#include "layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 21};

static const uint64_t all_flags = CNN_USES_INPUT | CNN_USES_OUTPUT | CNN_IN_PLACE |
                                  CNN_ELEMENTWISE | CNN_RANDOM | CNN_PROBABILITIES;

/* Calls `test` on the layer made for every input shape that it accepts. */
static void each_shape(kit_case *c, void (*test)(kit_instance *))
{
    cnn_error refusal = {0};
    size_t accepted = 0;
    for (size_t v = 0; v < kit_layer_variants; v++) {
        kit_instance *layer = kit_make(c, &plain, NULL, v, &refusal);
        if (!layer)
            continue;
        const cnn_shape *in = &layer->input;
        kit_where("input [%llu, %llu, %llu] of rank %llu", (unsigned long long)in->dim[0],
                  (unsigned long long)in->dim[1], (unsigned long long)in->dim[2],
                  (unsigned long long)in->rank);
        test(layer);
        accepted++;
        kit_unmake(layer);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

static bool shape_is_good(const cnn_shape *s)
{
    bool good = s->rank >= 1 && s->rank <= CNN_MAX_RANK;
    for (uint64_t i = 0; i < CNN_MAX_RANK && good; i++)
        good = i < s->rank ? s->dim[i] >= 1 && s->dim[i] < (uint64_t)1 << 40 : s->dim[i] == 0;
    return good;
}

static void test_weight(const cnn_layer_plan *plan, uint64_t i)
{
    const cnn_weight *w = &plan->weights[i];
    if (!w->name || !cnn_is_identifier(w->name))
        kit_fail("weights[%llu] is named '%s'; a name must match [a-z][a-z0-9_]*",
                 (unsigned long long)i, w->name ? w->name : "NULL");
    for (uint64_t k = 0; k < i; k++)
        if (strcmp(plan->weights[k].name, w->name) == 0)
            kit_fail("two weights are named '%s'; names must differ", w->name);
    if (!w->initializer || !cnn_is_identifier(w->initializer))
        kit_fail("weight '%s' starts with '%s'; that must be an initializer's name", w->name,
                 w->initializer ? w->initializer : "NULL");
    if (!shape_is_good(&w->shape))
        kit_fail("weight '%s' has a shape that is none: rank 1 to %u, each extent 1 or more, the "
                 "others 0",
                 w->name, CNN_MAX_RANK);
    if (w->fan_in < 1 || w->fan_out < 1)
        kit_fail("weight '%s' has fans %llu and %llu; both must be 1 or more", w->name,
                 (unsigned long long)w->fan_in, (unsigned long long)w->fan_out);
    if (w->role < CNN_ROLE_KERNEL || w->role > CNN_ROLE_MEASURED)
        kit_fail("weight '%s' has role %llu; it must be one of CNN_ROLE_*", w->name,
                 (unsigned long long)w->role);
}

static void test_plan(kit_instance *layer)
{
    const cnn_layer_plan *plan = &layer->plan;
    const uint64_t in = cnn_shape_count(&layer->input), out = cnn_shape_count(&plan->output);
    if (!shape_is_good(&plan->output))
        kit_fail("the output's shape is none: rank 1 to %u, each extent 1 or more, the others 0",
                 CNN_MAX_RANK);
    if (plan->flags & ~all_flags)
        kit_fail("flags has unknown bits %llx; they must be 0",
                 (unsigned long long)(plan->flags & ~all_flags));
    bool measured = false;
    for (uint64_t i = 0; i < plan->weight_count; i++) {
        test_weight(plan, i);
        measured |= plan->weights[i].role == CNN_ROLE_MEASURED;
    }
    if (plan->survey_passes > CNN_MAX_SURVEY_PASSES)
        kit_fail("plan sets survey_passes to %llu; at most %u are allowed",
                 (unsigned long long)plan->survey_passes, CNN_MAX_SURVEY_PASSES);
    if (measured != (plan->surveys > 0))
        kit_fail("plan sets surveys to %llu, and %s weight has CNN_ROLE_MEASURED; it must ask for "
                 "both or for neither",
                 (unsigned long long)plan->surveys, measured ? "a" : "no");
    if (plan->flags & (CNN_IN_PLACE | CNN_ELEMENTWISE) && in != out)
        kit_fail("it claims CNN_IN_PLACE or CNN_ELEMENTWISE and turns %llu elements into %llu; the "
                 "counts must be "
                 "the same",
                 (unsigned long long)in, (unsigned long long)out);
    if (!(plan->flops >= 0) || isinf(plan->flops))
        kit_fail("flops is %g; it must be finite and 0 or more", plan->flops);
}

static void check_plan(kit_case *c)
{
    each_shape(c, test_plan);
}

static void expect_bits(const float *a, const float *b, uint64_t count, const char *name,
                        const char *when)
{
    for (uint64_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            kit_fail("%s[%llu] is %.9g, and %.9g %s; it must be the same", name,
                     (unsigned long long)i, (double)a[i], (double)b[i], when);
}

/* Without random numbers and measuring, training and evaluation are the same function. */
static void test_evaluation(kit_instance *layer)
{
    kit_pass p = kit_pass_new(layer, &plain, 3);
    const uint64_t bytes = p.samples * p.out * sizeof(float);
    float *trained = cnn_alloc(1, bytes), *first = cnn_alloc(1, bytes);
    kit_forward(&p, true);
    memcpy(trained, p.y, bytes);
    kit_forward(&p, false);
    memcpy(first, p.y, bytes);
    kit_forward(&p, false);
    expect_bits(first, p.y, p.samples * p.out, "y", "when evaluated again");
    if (!(layer->plan.flags & CNN_RANDOM) && !layer->plan.measures)
        expect_bits(first, trained, p.samples * p.out, "y of evaluation", "in training");
    free(trained);
    free(first);
}

static void check_evaluation(kit_case *c)
{
    each_shape(c, test_evaluation);
}

/* Sample `kept` of 3 must give the same bits whatever the others are, but for what the batch's
 * totals say. */
static void test_row(kit_instance *layer, uint64_t kept)
{
    const uint32_t mark = kit_arena_mark();
    kit_pass a = kit_pass_new(layer, &plain, 3), b = kit_pass_new(layer, &plain, 3);
    for (uint64_t i = 0; i < 3; i++) {
        if (i == kept)
            continue;
        for (uint64_t k = 0; k < a.in; k++)
            b.x[i * a.in + k] = k % 5 ? -2 * a.x[i * a.in + k] : NAN;
        for (uint64_t k = 0; k < a.out; k++)
            b.dy[i * a.out + k] = 7 * a.dy[i * a.out + k];
        b.random[i].stream ^= 99;
    }
    kit_forward(&a, true);
    kit_take_totals(&b, &a);
    kit_forward(&b, true);
    expect_bits(a.y + kept * a.out, b.y + kept * b.out, a.out, "y of a sample",
                "when the other samples change, NaN among them");
    kit_backward(&a);
    kit_take_totals(&b, &a);
    kit_backward(&b);
    expect_bits(a.dx + kept * a.in, b.dx + kept * b.in, a.in, "dx of a sample",
                "when the other samples change, NaN among them");
    kit_arena_reset(mark);
}

static void test_rows(kit_instance *layer)
{
    for (uint64_t kept = 0; kept < 3; kept++)
        test_row(layer, kept);
}

static void check_rows(kit_case *c)
{
    each_shape(c, test_rows);
}

/* What a sample gives does not depend on how many there are, but for rounding. */
static void test_alone(kit_instance *layer)
{
    kit_pass all = kit_pass_new(layer, &plain, 5), one = kit_pass_new(layer, &plain, 1);
    memcpy(one.x, all.x + 4 * all.in, all.in * sizeof(float));
    for (size_t i = 0; i < layer->inputs; i++)
        if (one.other[i])
            memcpy(one.other[i], all.other[i] + 4 * all.in, all.in * sizeof(float));
    one.random[0] = all.random[4];
    kit_forward(&all, true);
    kit_take_totals(&one, &all);
    kit_forward(&one, true);
    for (uint64_t i = 0; i < all.out; i++)
        if (fabs((double)one.y[i] - (double)all.y[4 * all.out + i]) >
            1e-4 * (1 + fabs((double)one.y[i])))
            kit_fail("y[%llu] is %.9g for a sample alone, and %.9g as the last of five; it must be "
                     "the same",
                     (unsigned long long)i, (double)one.y[i], (double)all.y[4 * all.out + i]);
}

static void check_alone(kit_case *c)
{
    each_shape(c, test_alone);
}

static size_t tested;

/* x and y the same memory, and dx and dy. */
static void test_in_place(kit_instance *layer)
{
    if (!(layer->plan.flags & CNN_IN_PLACE))
        return;
    tested++;
    kit_pass a = kit_pass_new(layer, &plain, 3), b = kit_pass_new(layer, &plain, 3);
    if (!(layer->plan.flags & CNN_USES_INPUT)) /* else the host leaves x as it is */
        b.y = b.x;
    b.dx = b.dy;
    kit_forward(&a, true);
    kit_forward(&b, true);
    expect_bits(a.y, b.y, 3 * a.out, "y", "when it takes the place of x");
    kit_backward(&a);
    kit_backward(&b);
    expect_bits(a.dx, b.dx, 3 * a.in, "dx", "when it takes the place of dy");
}

static void check_in_place(kit_case *c)
{
    each_shape(c, test_in_place);
    if (!tested)
        kit_skip("it does not claim CNN_IN_PLACE");
}

static void test_elementwise(kit_instance *layer)
{
    if (!(layer->plan.flags & CNN_ELEMENTWISE))
        return;
    tested++;
    kit_pass a = kit_pass_new(layer, &plain, 2), b = kit_pass_new(layer, &plain, 2);
    const uint64_t kept = a.in / 2;
    for (uint64_t i = 0; i < 2 * a.in; i++)
        b.x[i] = i == kept ? a.x[i] : 1 - 3 * a.x[i];
    kit_forward(&a, true);
    kit_forward(&b, true);
    expect_bits(a.y + kept, b.y + kept, 1, "an element of y",
                "when all elements of x but its own change");
}

static void check_elementwise(kit_case *c)
{
    each_shape(c, test_elementwise);
    if (!tested)
        kit_skip("it does not claim CNN_ELEMENTWISE");
}

static void test_probabilities(kit_instance *layer)
{
    if (!(layer->plan.flags & CNN_PROBABILITIES))
        return;
    tested++;
    kit_pass p = kit_pass_new(layer, &plain, 4);
    kit_numbers(p.x, p.in, 77, 100); /* one sample nearly sure */
    kit_forward(&p, false);
    for (uint64_t s = 0; s < 4; s++) {
        double sum = 0;
        for (uint64_t i = 0; i < p.out; i++) {
            sum += (double)p.y[s * p.out + i];
            if (!(p.y[s * p.out + i] >= 0))
                kit_fail("y[%llu] is %g; it claims CNN_PROBABILITIES",
                         (unsigned long long)(s * p.out + i), (double)p.y[s * p.out + i]);
        }
        if (fabs(sum - 1) > 1e-5)
            kit_fail("sample %llu sums to %.9g; it claims CNN_PROBABILITIES", (unsigned long long)s,
                     sum);
    }
}

static void check_probabilities(kit_case *c)
{
    each_shape(c, test_probabilities);
    if (!tested)
        kit_skip("it does not claim CNN_PROBABILITIES");
}

/* Other streams, other numbers; and what it gives is kept in the mean. */
static void test_random(kit_instance *layer)
{
    if (!(layer->plan.flags & CNN_RANDOM) || cnn_shape_count(&layer->input) < 20)
        return;
    tested++;
    enum { SAMPLES = 64 };
    kit_pass p = kit_pass_new(layer, &plain, SAMPLES);
    double trained = 0, evaluated = 0;
    for (uint64_t i = 0; i < SAMPLES * p.in; i++)
        p.x[i] = p.x[i % p.in];
    kit_forward(&p, true);
    bool differs = false;
    for (uint64_t s = 1; s < SAMPLES; s++)
        differs |= memcmp(p.y, p.y + s * p.out, p.out * sizeof(float)) != 0;
    if (!differs)
        kit_fail("64 samples with streams of their own get the same random numbers");
    for (uint64_t i = 0; i < SAMPLES * p.in; i++)
        p.x[i] = 1;
    kit_forward(&p, true);
    for (uint64_t i = 0; i < SAMPLES * p.out; i++)
        trained += (double)p.y[i];
    kit_forward(&p, false);
    for (uint64_t i = 0; i < SAMPLES * p.out; i++)
        evaluated += (double)p.y[i];
    if (fabs(trained - evaluated) > 0.2 * fabs(evaluated))
        kit_warn("the mean of y is %.4g in training and %.4g in evaluation, where all inputs are 1",
                 trained / (SAMPLES * (double)p.out), evaluated / (SAMPLES * (double)p.out));
}

static void check_random(kit_case *c)
{
    each_shape(c, test_random);
    if (!tested)
        kit_skip("it does not claim CNN_RANDOM");
}

/* Refusals come with a sentence; kit_make sees to that. Nothing may crash. */
static void check_shapes(kit_case *c)
{
    for (size_t k = 0; k < 300; k++) {
        cnn_shape shape = {1 + kit_below(c, CNN_MAX_RANK), {0}};
        for (uint64_t i = 0; i < shape.rank; i++)
            shape.dim[i] = 1 + kit_below(c, 12);
        if (k % 8 == 0)
            shape.dim[kit_below(c, shape.rank)] = (uint64_t)1 << kit_below(c, 20);
        kit_where("input of rank %llu, [%llu, %llu, %llu, %llu]", (unsigned long long)shape.rank,
                  (unsigned long long)shape.dim[0], (unsigned long long)shape.dim[1],
                  (unsigned long long)shape.dim[2], (unsigned long long)shape.dim[3]);
        kit_instance *layer = kit_make_for(c, &plain, k % 2 ? kit_random_setting(c) : NULL, &shape);
        if (layer)
            test_plan(layer);
        kit_unmake(layer);
        kit_arena_reset(0);
    }
    kit_where("%s", "");
}

const kit_check kit_layer_checks[] = {
    {"LAY-1", "what plan promises is well-formed", 3, CNN_KIND_LAYER, 0, check_plan},
    {"LAY-2", "any input shape is planned or refused", 3, CNN_KIND_LAYER, 0, check_shapes},
    {"LAY-4", "evaluation repeats, and is what training computes", 3, CNN_KIND_LAYER, 0,
     check_evaluation},
    {"LAY-5", "samples do not touch each other", 3, CNN_KIND_LAYER, 0, check_rows},
    {"LAY-7", "a sample alone gives what it gives among others", 3, CNN_KIND_LAYER, 0, check_alone},
    {"LAY-9", "in place, as claimed", 3, CNN_KIND_LAYER, 0, check_in_place},
    {"LAY-10", "element by element, as claimed", 3, CNN_KIND_LAYER, 0, check_elementwise},
    {"LAY-11", "probabilities, as claimed", 3, CNN_KIND_LAYER, 0, check_probabilities},
    {"LAY-12", "random numbers from each sample's stream", 3, CNN_KIND_LAYER, 0, check_random},
    {0},
};
