/* check_optimizer.c - rules on optimizers: each element alone, the rate handed in, nothing but the
 * state. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "optimizer.h"

#define COUNT 64

static const kit_layout plain = {.side = KIT_RIGHT};

/* `steps` steps with numbers that depend on the step alone. */
static void walk(const kit_instance *optimizer, kit_range *r, uint64_t first, uint64_t last,
                 double rate)
{
    for (uint64_t step = first; step <= last; step++) {
        kit_range_numbers(r->gradient, r->count, 50 + step);
        kit_step(optimizer, &plain, r, &(kit_terms){.step = step, .rate = rate, .decay_mult = 1});
    }
}

static kit_range start(const kit_instance *optimizer, uint64_t count)
{
    kit_range r = kit_range_new(optimizer, &plain, count);
    kit_range_numbers(r.weight, count, 9);
    return r;
}

static void check_slots(kit_case *c)
{
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    if (optimizer->slot_count == 0)
        kit_skip("it keeps no state");
    for (uint64_t i = 0; i < optimizer->slot_count; i++) {
        const cnn_slot *s = &optimizer->slots[i];
        if (!s->name || !cnn_is_identifier(s->name))
            kit_fail("slot %llu is named '%s'; a name must match [a-z][a-z0-9_]*",
                     (unsigned long long)i, s->name ? s->name : "NULL");
        if (!isfinite(s->initial) || s->reserved != 0)
            kit_fail(
                "slot '%s': initial is %g and reserved %u; initial must be finite and reserved 0",
                s->name, (double)s->initial, s->reserved);
        for (uint64_t k = 0; k < i; k++)
            if (strcmp(s->name, optimizer->slots[k].name) == 0)
                kit_fail("two slots are named '%s'; names must differ", s->name);
    }
}

static void check_rate_zero(kit_case *c)
{
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    kit_range r = start(optimizer, COUNT);
    float before[COUNT];
    memcpy(before, r.weight, sizeof before);
    walk(optimizer, &r, 1, 5, 0);
    for (size_t i = 0; i < COUNT; i++)
        if (r.weight[i] != before[i])
            kit_fail("weight[%zu] went from %.9g to %.9g with a learning rate of 0; it must stay",
                     i, (double)before[i], (double)r.weight[i]);
}

/* Decay takes the same part of every weight; anything else moves without a reason. */
static void check_gradient_zero(kit_case *c)
{
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    kit_range r = start(optimizer, COUNT);
    float before[COUNT];
    memcpy(before, r.weight, sizeof before);
    kit_step(optimizer, &plain, &r, &(kit_terms){.step = 1, .rate = 0.1, .decay_mult = 1});
    const double kept = (double)r.weight[0] / (double)before[0];
    for (size_t i = 0; i < COUNT; i++)
        if (fabs((double)r.weight[i] - kept * (double)before[i]) > 1e-6 * fabs((double)before[i]) ||
            kept > 1)
            kit_fail("weight[%zu] went from %.9g to %.9g with a gradient of 0; it must stay, or "
                     "decay by the "
                     "same part as the others",
                     i, (double)before[i], (double)r.weight[i]);
}

/* Element i's outcome must not change when all other elements do and the norms stay. */
static void check_alone(kit_case *c)
{
    static const double norms[] = {9, 3, 5};
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    if (optimizer->update.form == CNN_FORM_TENSOR)
        kit_skip("it takes whole tensors");
    kit_range a = start(optimizer, COUNT), b = start(optimizer, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        b.weight[i] = i == 21 ? a.weight[i] : -3 * a.weight[i] + 1;
    for (uint64_t step = 1; step <= 5; step++) {
        kit_range_numbers(a.gradient, COUNT, 50 + step);
        for (size_t i = 0; i < COUNT; i++)
            b.gradient[i] = i == 21 ? a.gradient[i] : i == 20 ? NAN : 100 * a.gradient[i];
        const kit_terms terms = {step, 0.01, 1, norms};
        kit_step(optimizer, &plain, &a, &terms);
        kit_step(optimizer, &plain, &b, &terms);
    }
    bool same = memcmp(&a.weight[21], &b.weight[21], sizeof(float)) == 0;
    for (uint64_t k = 0; k < optimizer->slot_count; k++)
        same &= memcmp(&a.state[k][21], &b.state[k][21], sizeof(float)) == 0;
    if (!same)
        kit_fail("weight[21] is %.9g, and %.9g when the other elements of the range are other "
                 "numbers, NaN "
                 "among them; each element must be treated alone",
                 (double)a.weight[21], (double)b.weight[21]);
}

/* What the state arrays and step hold is all that lasts. */
static void check_resume(kit_case *c)
{
    kit_instance *optimizer = kit_make_any(c, &plain, NULL), *fresh = kit_make_any(c, &plain, NULL);
    kit_range whole = start(optimizer, COUNT), cut = start(optimizer, COUNT);
    walk(optimizer, &whole, 1, 10, 0.01);
    walk(optimizer, &cut, 1, 5, 0.01);
    kit_range resumed = kit_range_new(fresh, &plain, COUNT);
    memcpy(resumed.weight, cut.weight, COUNT * sizeof(float));
    for (uint64_t k = 0; k < fresh->slot_count; k++)
        memcpy(resumed.state[k], cut.state[k], COUNT * sizeof(float));
    walk(fresh, &resumed, 6, 10, 0.01);
    if (memcmp(whole.weight, resumed.weight, COUNT * sizeof(float)) != 0)
        kit_fail("ten steps, and five and five with another self that got the state, give "
                 "different weights; "
                 "only the slots may last from step to step");
}

/* The schedule decides the rate, not the parameter. */
static void check_rate_used(kit_case *c)
{
    cnn_yaml *given = kit_defaults(c);
    kit_param_set(given, "learning_rate", "0.5");
    kit_instance *usual = kit_make_any(c, &plain, NULL);
    cnn_error refusal;
    kit_instance *other = kit_make(c, &plain, given, 0, &refusal);
    if (!other)
        kit_skip("it refuses a learning_rate of 0.5: %s", refusal.text);
    kit_range a = start(usual, COUNT), b = start(other, COUNT), faster = start(usual, COUNT);
    walk(usual, &a, 1, 5, 0.01);
    walk(other, &b, 1, 5, 0.01);
    walk(usual, &faster, 1, 5, 0.02);
    if (memcmp(a.weight, b.weight, COUNT * sizeof(float)) != 0)
        kit_fail("parameter learning_rate changes a step; the rate handed in must be used");
    if (memcmp(a.weight, faster.weight, COUNT * sizeof(float)) == 0)
        kit_fail("rates of 0.01 and 0.02 give the same steps; the rate handed in must be used");
}

/* sum of k (w - 1)^2 / 2 with curvatures k from 0.01 to 1. */
static double bowl(const kit_range *r, bool fill)
{
    double sum = 0;
    for (size_t i = 0; i < r->count; i++) {
        const double k = pow(10, -2 * (double)i / (double)(r->count - 1)),
                     far = (double)r->weight[i] - 1;
        sum += k * far * far / 2;
        if (fill)
            r->gradient[i] = (float)(k * far);
    }
    return sum;
}

static void check_descends(kit_case *c)
{
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    kit_range r = start(optimizer, COUNT);
    const double before = bowl(&r, false);
    for (uint64_t step = 1; step <= 300; step++) {
        (void)bowl(&r, true);
        kit_step(optimizer, &plain, &r, &(kit_terms){.step = step, .rate = 0.01, .decay_mult = 1});
    }
    const double after = bowl(&r, false);
    if (!(after < before))
        kit_fail("300 steps of rate 0.01 in a bowl of curvatures 0.01 to 1 take the loss from %g "
                 "to %g; it must "
                 "fall",
                 before, after);
}

/* The weights after a step, into `after`; everything but `decay_mult` and the norms is the same. */
static void step_once(const kit_instance *optimizer, double decay_mult, const double *norms,
                      float after[COUNT])
{
    kit_range r = start(optimizer, COUNT);
    kit_range_numbers(r.gradient, COUNT, 51);
    kit_step(optimizer, &plain, &r, &(kit_terms){1, 0.1, decay_mult, norms});
    memcpy(after, r.weight, COUNT * sizeof(float));
}

static void check_norms(kit_case *c)
{
    static const double some[] = {9, 3, 5}, more[] = {900, 3, 5};
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    float a[COUNT], b[COUNT];
    if (optimizer->update.form != CNN_FORM_TWO_PASSES)
        kit_skip("it makes no two passes");
    step_once(optimizer, 1, some, a);
    step_once(optimizer, 1, more, b);
    if (memcmp(a, b, sizeof a) == 0)
        kit_fail("weight_norm 9 and 900 give the same steps; who does not need the norms of a "
                 "tensor must use the element form");
}

static void check_global_norm(kit_case *c)
{
    static const double small[] = {9, 3, 1e-9}, large[] = {9, 3, 1e9};
    const kit_instance *optimizer = kit_make_any(c, &plain, NULL);
    float a[COUNT], b[COUNT];
    if (!(optimizer->update.flags & CNN_GLOBAL_NORM))
        kit_skip("it does not ask for the norm of all gradients");
    step_once(optimizer, 1, small, a);
    step_once(optimizer, 1, large, b);
    if (memcmp(a, b, sizeof a) == 0)
        kit_fail("gradient_norm 1e-9 and 1e9 give the same steps; who does not use it must not "
                 "set CNN_GLOBAL_NORM");
}

/* With decay_mult 0 an optimizer that decays by itself is one that does not. weight_decay and l2
 * are the host's. */
static void check_decay_mult(kit_case *c)
{
    static const char *const names[] = {"decay", "penalty"};
    for (size_t i = 0; i < 2; i++) {
        const cnn_param *param = c->file->head.params;
        while (param && param->name && strcmp(param->name, names[i]) != 0)
            param++;
        if (!param || !param->name || param->type != CNN_REAL || param->min > 0 || param->max < 0.1)
            continue;
        cnn_yaml *without = kit_defaults(c), *with = kit_defaults(c);
        kit_param_set(without, names[i], "0.0");
        kit_param_set(with, names[i], "0.1");
        float wanted[COUNT], seen[COUNT];
        step_once(kit_make_any(c, &plain, without), 1, NULL, wanted);
        step_once(kit_make_any(c, &plain, with), 0, NULL, seen);
        if (memcmp(wanted, seen, sizeof wanted) != 0)
            kit_fail("%s of 0.1 changes a step whose decay_mult is 0; it must be multiplied by "
                     "decay_mult",
                     names[i]);
        return;
    }
    kit_skip("it has no real parameter decay or penalty that can be 0 and 0.1");
}

const kit_check kit_optimizer_checks[] = {
    {"OPT-1", "a rate of 0 changes nothing", 3, CNN_KIND_OPTIMIZER, 0, check_rate_zero},
    {"OPT-2", "a gradient of 0 moves nothing, but for decay", 3, CNN_KIND_OPTIMIZER, 0,
     check_gradient_zero},
    {"OPT-4", "it descends in a bowl", 3, CNN_KIND_OPTIMIZER, 0, check_descends},
    {"OPT-5", "resumed from its state, the same bits", 3, CNN_KIND_OPTIMIZER, 0, check_resume},
    {"OPT-6", "each element is treated alone, NaN too", 3, CNN_KIND_OPTIMIZER, 0, check_alone},
    {"OPT-8", "the rate handed in is used", 3, CNN_KIND_OPTIMIZER, 0, check_rate_used},
    {"OPT-9", "slots are well-formed", 3, CNN_KIND_OPTIMIZER, 0, check_slots},
    {"OPT-10", "the second pass uses the norms", 3, CNN_KIND_OPTIMIZER, 0, check_norms},
    {"OPT-11", "the norm of all gradients is used", 3, CNN_KIND_OPTIMIZER, 0, check_global_norm},
    {"OPT-12", "decay_mult counts", 3, CNN_KIND_OPTIMIZER, 0, check_decay_mult},
    {0},
};
