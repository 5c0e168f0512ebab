/* check_gradient.c - rules on a loss's gradient, such that a correct hinge never fails.
 *
 * At a kink the slopes on the two sides differ, and any number between them is a right answer. So
 * the gradient is compared with the bracket of the one-sided differences, never with their mean. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loss.h"

#define SETTINGS 6
#define SAMPLES 60
#define MOST 17

typedef struct point {
    kit_instance *loss;
    size_t classes, label;
    double x[MOST], target[MOST], g[MOST], value;
} point;

static double value_at(const point *p, const double *x)
{
    return kit_loss_value(p->loss, x, p->target, p->classes);
}

static double value_moved(point *p, size_t i, double h)
{
    const double old = p->x[i];
    p->x[i] = old + h;
    const double value = value_at(p, p->x);
    p->x[i] = old;
    return value;
}

/* The slopes on the two sides of coordinate i. */
typedef struct bracket {
    double below, above, noise;
} bracket;

static bracket slopes(point *p, size_t i, double h)
{
    const double low = value_moved(p, i, -h), high = value_moved(p, i, h);
    const double size = fmax(fabs(p->value), fmax(fabs(low), fabs(high)));
    return (bracket){(p->value - low) / h, (high - p->value) / h, ldexp(size, -50) / h};
}

static double tolerance_of(const bracket *b)
{
    return 1e-5 * fmax(1, fmax(fabs(b->below), fabs(b->above))) + b->noise;
}

static bool is_inside(const bracket *b, double g)
{
    const double tolerance = tolerance_of(b);
    return g >= fmin(b->below, b->above) - tolerance && g <= fmax(b->below, b->above) + tolerance;
}

/* Draws a point; `at` counts up through sizes and sorts of inputs. */
static void draw(kit_case *c, point *p, size_t at)
{
    static const size_t sizes[] = {10, 2, 3, MOST};
    static const kit_inputs sorts[] = {KIT_DYADIC, KIT_COARSE, KIT_RANDOM};
    p->classes = sizes[at % 4];
    const uint64_t claims = kit_loss_claims(p->loss);
    p->label = kit_loss_target(c, claims, p->target, p->classes);
    kit_loss_draw(c, claims, sorts[at / 4 % 3], p->x, p->classes);
    /* Only of a convex loss is it known what a gradient may be where many kinks meet. */
    for (size_t i = 0; i < p->classes && !(claims & (CNN_CONVEX | CNN_TAKES_PROBABILITIES)); i++)
        p->x[i] += ldexp(kit_uniform(c) - 0.5, -8);
    p->value = value_at(p, p->x);
    if (kit_loss_has_gradient(p->loss))
        kit_loss_gradient(p->loss, p->x, p->target, p->classes, p->g);
}

/* Calls `test` on points under the settings whose claims hold `needed` and none of `never`. */
static void each_point(kit_case *c, uint64_t needed, uint64_t never, const char *reason,
                       bool with_gradient, void (*test)(kit_case *, point *))
{
    point p = {0};
    size_t tested = 0;
    if (with_gradient && !c->file->loss.gradient)
        kit_skip("it brings no gradient; the host differentiates value");
    for (size_t i = 0; (p.loss = kit_loss_next(c, p.loss, i, SETTINGS)); i++) {
        const uint64_t claims = kit_loss_claims(p.loss);
        if ((claims & needed) != needed || claims & never)
            continue;
        for (size_t k = 0; k < SAMPLES; k++, tested++) {
            draw(c, &p, k);
            test(c, &p);
        }
    }
    kit_where("%s", "");
    if (!tested)
        kit_skip("%s", reason);
}

static size_t coordinates, kinks;

/* A larger step must serve where the plugin computes in float, a smaller one where the value bends
 * within the first; a wrong gradient lies in no bracket. */
static bool fits_bracket(point *p, size_t i, bracket *first)
{
    static const int steps[] = {-16, -12, -8, -5, -30};
    for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
        const bracket b = slopes(p, i, ldexp(1, steps[k]));
        const bool narrow = fabs(b.above - b.below) < 1e-2 * (1 + fabs(p->g[i]));
        if (k == 0)
            *first = b;
        if (is_inside(&b, p->g[i]) && (k == 0 || narrow))
            return true;
    }
    return false;
}

/* Where a convex kink meets a concave one, slopes of the single coordinate hide both. The gradient
 * may then be any mean of those of the points around (Clarke 1983). */
static bool fits_around(kit_case *c, const point *p, size_t i)
{
    bracket hull = {HUGE_VAL, -HUGE_VAL, 0};
    for (size_t k = 0; k < 64; k++) {
        point q = *p;
        for (size_t j = 0; j < q.classes; j++)
            q.x[j] += ldexp(kit_uniform(c) - 0.5, -18);
        q.value = value_at(&q, q.x);
        const bracket b = slopes(&q, i, ldexp(1, -26));
        hull.below = fmin(hull.below, fmin(b.below, b.above));
        hull.above = fmax(hull.above, fmax(b.below, b.above));
        hull.noise = fmax(hull.noise, b.noise);
    }
    return is_inside(&hull, p->g[i]);
}

static void test_bracket(kit_case *c, point *p)
{
    for (size_t i = 0; i < p->classes; i++) {
        bracket b;
        const bool fits = fits_bracket(p, i, &b);
        coordinates++;
        kinks += fabs(b.above - b.below) > 100 * tolerance_of(&b);
        if (!fits && !fits_around(c, p, i))
            kit_fail("gradient[%zu] is %.9g; value slopes by %.9g below and %.9g above (classes "
                     "%zu, true class "
                     "%zu, output[%zu] %.9g)",
                     i, p->g[i], b.below, b.above, p->classes, p->label, i, p->x[i]);
    }
}

static void check_bracket(kit_case *c)
{
    each_point(
        c, 0, CNN_PIECEWISE | CNN_SURROGATE,
        "it claims CNN_PIECEWISE or CNN_SURROGATE, so its gradient is on purpose not that of value",
        true, test_bracket);
    if (kinks * 5 > coordinates)
        kit_warn("%zu of %zu coordinates lie at kinks, where the rule says little", kinks,
                 coordinates);
}

/* value(y) >= value(x) + <g, y - x>, for every subgradient g and every y. */
static void expect_above(point *p, const double *y, const char *how)
{
    double line = p->value, size = fabs(p->value);
    for (size_t i = 0; i < p->classes; i++) {
        line += p->g[i] * (y[i] - p->x[i]);
        size += fabs(p->g[i] * (y[i] - p->x[i]));
    }
    const double value = value_at(p, y);
    if (value < line - 1e-6 * (1 + size))
        kit_fail("value is %.9g at %s, below the tangent there, %.9g (classes %zu, true class "
                 "%zu); it claims "
                 "CNN_CONVEX, so either that or its gradient is wrong",
                 value, how, line, p->classes, p->label);
}

/* Without a gradient: the middle of a chord lies above the value. */
static void expect_chord(point *p, const double *y)
{
    double middle[MOST];
    for (size_t i = 0; i < p->classes; i++)
        middle[i] = (p->x[i] + y[i]) / 2;
    const double chord = (p->value + value_at(p, y)) / 2, value = value_at(p, middle);
    if (value > chord + 1e-9 * (1 + fabs(chord)))
        kit_fail("value is %.9g halfway between two outputs, above their mean of %.9g (classes "
                 "%zu, true class "
                 "%zu); it claims CNN_CONVEX",
                 value, chord, p->classes, p->label);
}

static void test_convex(kit_case *c, point *p)
{
    double y[MOST];
    const uint64_t claims = kit_loss_claims(p->loss);
    const bool tangents = kit_loss_has_gradient(p->loss) && !(claims & CNN_SURROGATE);
    for (size_t k = 0; k < 8; k++) {
        kit_loss_draw(c, claims, (kit_inputs)(k % KIT_INPUTS), y, p->classes);
        if (tangents)
            expect_above(p, y, "another output");
        expect_chord(p, y);
    }
    for (size_t i = 0; i < p->classes && tangents && !(claims & CNN_TAKES_PROBABILITIES); i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            memcpy(y, p->x, sizeof y);
            y[i] += sign;
            expect_above(p, y, "one output moved by 1");
        }
    }
}

static void check_convex(kit_case *c)
{
    each_point(c, CNN_CONVEX, 0, "it does not claim CNN_CONVEX", false, test_convex);
}

static double central(point *p, size_t i, double h)
{
    return (value_moved(p, i, h) - value_moved(p, i, -h)) / (2 * h);
}

static void test_smooth(kit_case *c, point *p)
{
    (void)c;
    const double h = ldexp(1, -12);
    const bool gradient =
        kit_loss_has_gradient(p->loss) && !(kit_loss_claims(p->loss) & CNN_SURROGATE);
    for (size_t i = 0; i < p->classes; i++) {
        const bracket wide = slopes(p, i, ldexp(1, -8)), narrow = slopes(p, i, ldexp(1, -14));
        const double gap = fabs(narrow.above - narrow.below);
        if (gap > fabs(wide.above - wide.below) / 8 + tolerance_of(&narrow) + 1e-4)
            kit_fail("value has a kink: it slopes by %.9g below and %.9g above output[%zu] = %.9g "
                     "(classes %zu, "
                     "true class %zu); it claims CNN_SMOOTH",
                     narrow.below, narrow.above, i, p->x[i], p->classes, p->label);
        if (!gradient)
            continue;
        const double slope = (4 * central(p, i, h / 2) - central(p, i, h)) / 3;
        /* Where curvature jumps, as at a squared hinge's margin, only the two sides' slopes count.
         */
        if (fabs(slope - p->g[i]) > 1e-4 * fmax(1, fabs(slope)) && !is_inside(&narrow, p->g[i]))
            kit_fail("gradient[%zu] is %.9g; value slopes by %.9g (classes %zu, true class %zu, "
                     "output[%zu] %.9g)",
                     i, p->g[i], slope, p->classes, p->label, i, p->x[i]);
    }
}

static void check_smooth(kit_case *c)
{
    each_point(c, CNN_SMOOTH, 0, "it does not claim CNN_SMOOTH", false, test_smooth);
}

/* Along the negative gradient some step lowers the value, unless the gradient is 0. */
static void test_descent(kit_case *c, point *p)
{
    double y[MOST], size = 0;
    (void)c;
    for (size_t i = 0; i < p->classes; i++)
        size += p->g[i] * p->g[i];
    if (size < 1e-16)
        return;
    for (int k = 2; k < 24; k += 2) {
        for (size_t i = 0; i < p->classes; i++)
            y[i] = p->x[i] - ldexp(p->g[i] / sqrt(size), -k);
        if (value_at(p, y) < p->value)
            return;
    }
    if (size < 1e-8)
        return;
    kit_fail("no step against the gradient lowers value (%.9g; classes %zu, true class %zu)",
             p->value, p->classes, p->label);
}

/* At kinks a subgradient need not point down; random points meet none. */
static void check_descent(kit_case *c)
{
    point p = {0};
    if (!c->file->loss.gradient)
        kit_skip("it brings no gradient; the host differentiates value");
    p.loss = kit_loss_next(c, NULL, 0, 1);
    if (kit_loss_claims(p.loss) & (CNN_PIECEWISE | CNN_SURROGATE))
        kit_skip("it claims CNN_PIECEWISE or CNN_SURROGATE");
    for (size_t k = 0; k < SAMPLES; k++) {
        draw(c, &p, k % 4 + 8);
        test_descent(c, &p);
    }
}

const kit_check kit_gradient_checks[] = {
    {"LOSS-1", "the gradient is a slope of value", 3, CNN_KIND_LOSS, 0, check_bracket},
    {"LOSS-2", "convex, as claimed", 3, CNN_KIND_LOSS, 0, check_convex},
    {"LOSS-3", "smooth, as claimed", 3, CNN_KIND_LOSS, 0, check_smooth},
    {"LOSS-14", "a small step against the gradient lowers value", 3, CNN_KIND_LOSS, 0,
     check_descent},
    {0},
};
