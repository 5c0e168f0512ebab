/* check_loss.c - rules on losses: what each claim says, and what extreme outputs give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loss.h"

#define SETTINGS 6  /* of parameters, the defaults among them */
#define SAMPLES 200 /* for each */
#define MOST 17     /* classes */

static const uint64_t all_claims =
    CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_SHIFT_INVARIANT | CNN_CLASS_SYMMETRIC |
    CNN_PIECEWISE | CNN_SURROGATE | CNN_TAKES_PROBABILITIES | CNN_TAKES_LOGITS | CNN_TAKES_VECTORS;

/* A sample of a loss, and the circumstances for messages. */
typedef struct sample {
    kit_instance *loss;
    uint64_t claims;
    size_t classes, label;
    double output[MOST], target[MOST];
} sample;

/* Calls `test` on samples of all sorts under several settings that make the claim `needed` (0:
 * any); skips the check where none does. */
static void each_sample(kit_case *c, uint64_t needed, const char *claim,
                        void (*test)(kit_case *, sample *))
{
    static const size_t sizes[] = {10, 2, 3, MOST};
    sample s = {0};
    size_t tested = 0;
    for (size_t i = 0; (s.loss = kit_loss_next(c, s.loss, i, SETTINGS)); i++) {
        s.claims = kit_loss_claims(s.loss);
        if ((s.claims & needed) != needed)
            continue;
        for (size_t k = 0; k < SAMPLES; k++) {
            s.classes = sizes[k % 4];
            s.label = kit_loss_target(c, s.claims, s.target, s.classes);
            kit_loss_draw(c, s.claims, (kit_inputs)(k / 4 % KIT_INPUTS), s.output, s.classes);
            test(c, &s);
            tested++;
        }
    }
    kit_where("%s", "");
    if (!tested)
        kit_skip("it does not claim %s", claim);
}

static double value_of(const sample *s, const double *output)
{
    return kit_loss_value(s->loss, output, s->target, s->classes);
}

static void check_claims(kit_case *c)
{
    kit_instance *loss = NULL;
    for (size_t i = 0; (loss = kit_loss_next(c, loss, i, SETTINGS)); i++) {
        const uint64_t claims = kit_loss_claims(loss);
        if (claims & ~all_claims)
            kit_fail("claims has unknown bits %llx; they must be 0",
                     (unsigned long long)(claims & ~all_claims));
        if (claims != kit_loss_claims(loss))
            kit_fail("claims gives other bits when called again");
        if (claims & CNN_TAKES_PROBABILITIES && claims & CNN_TAKES_LOGITS)
            kit_fail("it claims to take probabilities and raw scores; it can want only one");
        if (claims & CNN_PIECEWISE && !kit_loss_has_gradient(loss))
            kit_fail("it claims CNN_PIECEWISE and has no gradient; differences of a value that "
                     "jumps are useless");
        if (claims & CNN_SURROGATE && !kit_loss_has_gradient(loss))
            kit_fail("it claims CNN_SURROGATE and has no gradient of its own");
        if (claims & CNN_PIECEWISE && claims & (CNN_SMOOTH | CNN_CONVEX))
            kit_fail(
                "it claims CNN_PIECEWISE beside CNN_SMOOTH or CNN_CONVEX; what jumps is neither");
    }
}

static void permute(kit_case *c, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = kit_below(c, i), old = order[i - 1];
        order[i - 1] = order[j];
        order[j] = old;
    }
}

static bool near(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) || a == b ||
           fabs(a - b) <= tolerance * (1 + fmax(fabs(a), fabs(b)));
}

static void test_symmetry(kit_case *c, sample *s)
{
    size_t order[MOST];
    double output[MOST], target[MOST], g[MOST], moved[MOST];
    permute(c, order, s->classes);
    for (size_t i = 0; i < s->classes; i++) {
        output[i] = s->output[order[i]];
        target[i] = s->target[order[i]];
    }
    const double a = value_of(s, s->output),
                 b = kit_loss_value(s->loss, output, target, s->classes);
    if (!near(a, b, 1e-9))
        kit_fail("value is %.12g, with the %zu classes in another order %.12g; it claims "
                 "CNN_CLASS_SYMMETRIC",
                 a, s->classes, b);
    if (!kit_loss_has_gradient(s->loss))
        return;
    kit_loss_gradient(s->loss, s->output, s->target, s->classes, g);
    kit_loss_gradient(s->loss, output, target, s->classes, moved);
    for (size_t i = 0; i < s->classes; i++)
        for (size_t k = 0; k < s->classes; k++) /* among equal outputs a tie may go either way */
            if (k != order[i] && s->output[k] == s->output[order[i]])
                return;
    for (size_t i = 0; i < s->classes; i++)
        if (!near(moved[i], g[order[i]], 1e-9))
            kit_fail("gradient of a class is %.12g, with the %zu classes in another order %.12g; "
                     "it claims "
                     "CNN_CLASS_SYMMETRIC",
                     g[order[i]], s->classes, moved[i]);
}

static void check_symmetry(kit_case *c)
{
    each_sample(c, CNN_CLASS_SYMMETRIC, "CNN_CLASS_SYMMETRIC", test_symmetry);
}

static void test_shift(kit_case *c, sample *s)
{
    double moved[MOST], g[MOST], sum = 0, size = 0;
    const double shift = kit_dyadic(c, 8, 3);
    for (size_t i = 0; i < s->classes; i++)
        moved[i] = s->output[i] + shift;
    const double a = value_of(s, s->output), b = value_of(s, moved);
    if (!near(a, b, 1e-9))
        kit_fail(
            "value is %.12g, with %g added to all outputs %.12g; it claims CNN_SHIFT_INVARIANT", a,
            shift, b);
    if (!kit_loss_has_gradient(s->loss) || s->claims & CNN_SURROGATE)
        return;
    kit_loss_gradient(s->loss, s->output, s->target, s->classes, g);
    for (size_t i = 0; i < s->classes; i++) {
        sum += g[i];
        size += fabs(g[i]);
    }
    if (fabs(sum) > 1e-9 * (1 + size))
        kit_fail("the gradient's elements sum to %.12g; they must sum to 0, as it claims "
                 "CNN_SHIFT_INVARIANT",
                 sum);
}

static void check_shift(kit_case *c)
{
    each_sample(c, CNN_SHIFT_INVARIANT, "CNN_SHIFT_INVARIANT", test_shift);
}

static void test_sign(kit_case *c, sample *s)
{
    (void)c;
    const double value = value_of(s, s->output);
    if (!(value >= -1e-12))
        kit_fail("value is %.12g (classes %zu, true class %zu); it claims CNN_NON_NEGATIVE", value,
                 s->classes, s->label);
}

static void check_sign(kit_case *c)
{
    each_sample(c, CNN_NON_NEGATIVE, "CNN_NON_NEGATIVE", test_sign);
}

static void test_finite(kit_case *c, sample *s)
{
    (void)c;
    double g[MOST] = {0};
    const double value = value_of(s, s->output);
    if (kit_loss_has_gradient(s->loss))
        kit_loss_gradient(s->loss, s->output, s->target, s->classes, g);
    if (!isfinite(value))
        kit_fail("value is %g for ordinary outputs (classes %zu, true class %zu)", value,
                 s->classes, s->label);
    for (size_t i = 0; i < s->classes; i++)
        if (!isfinite(g[i]))
            kit_fail("gradient[%zu] is %g for ordinary outputs (classes %zu, true class %zu)", i,
                     g[i], s->classes, s->label);
}

static void check_finite(kit_case *c)
{
    each_sample(c, 0, "", test_finite);
}

/* Equal outputs, at several heights: every pair is a tie. */
static void check_ties(kit_case *c)
{
    static const double heights[] = {0, 0.5, 1, -1, 100};
    kit_instance *loss = kit_make_any(c, &(kit_layout){0}, NULL);
    const bool probabilities = kit_loss_claims(loss) & CNN_TAKES_PROBABILITIES;
    double output[MOST], target[MOST], g[MOST] = {0}, again[MOST] = {0};
    for (size_t k = 0; k < 5 * 3; k++) {
        const size_t classes = (size_t[]){2, 10, MOST}[k % 3];
        for (size_t i = 0; i < classes; i++)
            output[i] = probabilities ? 1 / (double)classes : heights[k / 3];
        kit_loss_target(c, 0, target, classes);
        const double value = kit_loss_value(loss, output, target, classes);
        if (!isfinite(value))
            kit_fail("value is %g where all %zu outputs are %g", value, classes, output[0]);
        if (!kit_loss_has_gradient(loss))
            continue;
        kit_loss_gradient(loss, output, target, classes, g);
        kit_loss_gradient(loss, output, target, classes, again);
        if (memcmp(g, again, classes * sizeof *g) != 0)
            kit_fail("where all %zu outputs are %g, two calls give different gradients", classes,
                     output[0]);
        for (size_t i = 0; i < classes; i++)
            if (!isfinite(g[i]))
                kit_fail("gradient[%zu] is %g where all %zu outputs are %g", i, g[i], classes,
                         output[0]);
    }
}

/* One class sure, or one score beyond all others. */
static void test_extreme(kit_instance *loss, double *output, const double *target, size_t classes,
                         const char *what)
{
    double g[MOST] = {0};
    const double value = kit_loss_value(loss, output, target, classes);
    if (isnan(value))
        kit_fail("value is NaN with %s; a finite number or infinity was expected", what);
    if (isinf(value))
        kit_warn("value is infinite with %s; such a sample ends a training as diverged", what);
    if (kit_loss_has_gradient(loss))
        kit_loss_gradient(loss, output, target, classes, g);
    for (size_t i = 0; i < classes; i++)
        if (isnan(g[i]))
            kit_fail("gradient[%zu] is NaN with %s; one such sample spoils all weights", i, what);
}

static void check_extreme(kit_case *c)
{
    kit_instance *loss = kit_make_any(c, &(kit_layout){0}, NULL);
    const bool probabilities = kit_loss_claims(loss) & CNN_TAKES_PROBABILITIES;
    double output[10], target[10];
    for (size_t peak = 0; peak < 10; peak++) {
        kit_loss_target(c, 0, target, 10);
        for (size_t i = 0; i < 10; i++)
            output[i] = i == peak;
        test_extreme(loss, output, target, 10, "one class at probability 1, the others at 0");
        for (size_t i = 0; i < 10 && !probabilities; i++)
            output[i] = i == peak ? 1e4 : -1e4;
        if (!probabilities)
            test_extreme(loss, output, target, 10, "outputs of 1e4 and -1e4");
    }
}

/* Must return, whatever it returns. */
static void check_not_finite(kit_case *c)
{
    static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL, 3e38, -3e38, 1.7e308, 1e-320};
    kit_instance *loss = kit_make_any(c, &(kit_layout){0}, NULL);
    double output[MOST], target[MOST], g[MOST];
    for (size_t k = 0; k < sizeof bad / sizeof bad[0] * (MOST + 1); k++) {
        kit_loss_target(c, 0, target, MOST);
        kit_loss_draw(c, kit_loss_claims(loss), KIT_RANDOM, output, MOST);
        const size_t at = k % (MOST + 1);
        for (size_t i = 0; i < MOST; i++)
            output[i] = at == MOST || i == at ? bad[k / (MOST + 1)] : output[i];
        kit_where("an output of %g", bad[k / (MOST + 1)]);
        const double value = kit_loss_value(loss, output, target, MOST);
        if (at == MOST && isnan(output[0]) && isfinite(value))
            kit_warn("value is %g where all outputs are NaN; a training that has diverged would "
                     "look fine",
                     value);
        if (kit_loss_has_gradient(loss))
            kit_loss_gradient(loss, output, target, MOST, g);
    }
    kit_where("%s", "");
}

const kit_check kit_loss_checks[] = {
    {"LOSS-4", "claims are well-formed", 3, CNN_KIND_LOSS, 0, check_claims},
    {"LOSS-5", "finite for ordinary outputs", 3, CNN_KIND_LOSS, 0, check_finite},
    {"LOSS-7", "the order of the classes does not matter", 3, CNN_KIND_LOSS, 0, check_symmetry},
    {"LOSS-8", "a number added to all outputs changes nothing", 3, CNN_KIND_LOSS, 0, check_shift},
    {"LOSS-9", "never negative", 3, CNN_KIND_LOSS, 0, check_sign},
    {"LOSS-11", "equal outputs: finite, and the same each time", 3, CNN_KIND_LOSS, 0, check_ties},
    {"LOSS-12", "sure predictions and huge scores: no NaN", 3, CNN_KIND_LOSS, 0, check_extreme},
    {"LOSS-13", "returns for NaN and infinity", 3, CNN_KIND_LOSS, 0, check_not_finite},
    {0},
};
