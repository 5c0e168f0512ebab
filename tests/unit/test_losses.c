/* test_losses.c - values and gradients of the losses against golden ones, at kinks, and on bad
 * outputs. */
#include "unit_spec.h"

#include "../golden/losses.h"
#include "engine/objective.h"

#include <math.h>

#define CLASSES 5u

static const char *const every_loss[] = {
    "categorical_crossentropy",
    "categorical_crossentropy: {from_logits: true}",
    "categorical_crossentropy: {clip: 0, label_smoothing: 0.1}",
    "pair_weighted_crossentropy",
    "clipped_crossentropy",
    "clipped_crossentropy: {gradient: exact}",
    "cosine_similarity",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "crammer_singer",
    "weston_watkins",
    "multi_margin",
    "multi_margin: {margin: 0.5, p: 2}",
    "ova_hinge",
    "ova_hinge: {norm: L2}",
    "smooth_hinge",
    "ramp",
    "ramp: {ceiling: 0.6}",
    "mean_squared_error",
    "binary_crossentropy",
    "binary_crossentropy: {from_logits: true}",
    "kl_divergence",
    "poisson: {log_input: true}",
    "mean_absolute_error",
    "huber",
    "huber: {delta: 0.25}",
    "log_cosh",
    "categorical_focal_crossentropy",
    "categorical_focal_crossentropy: {gamma: 0.5, clip: 0, label_smoothing: 0.1}",
    "categorical_focal_crossentropy: {from_logits: true, clip: 0}",
    "categorical_generalized_cross_entropy",
    "infogain",
    "infogain: {matrix: [[1, 0.5], [0.25, 2]]}",
    "infogain: {matrix: [[1, 0.5], [0.25, 2]], from_logits: true}"};
#define EVERY_LOSS (sizeof every_loss / sizeof every_loss[0])

static cnn_instance *loss_of(const char *spec)
{
    return unit_instance(CNN_KIND_LOSS, spec);
}

static uint64_t claims_of(const char *spec)
{
    cnn_instance *loss = loss_of(spec);
    const uint64_t claims = loss->file->loss.claims(loss->self);
    cnn_instance_free(loss);
    return claims;
}

/* Value, and gradient if not NULL, of one sample. */
static double evaluate_vector(const char *spec, const double *output, const double *target,
                              double *gradient)
{
    cnn_instance *loss = loss_of(spec);
    double work[CLASSES];
    if (gradient)
        cnn_objective_gradient(loss, output, target, CLASSES, gradient, work);
    const double value = cnn_objective_value(loss, output, target, CLASSES);
    cnn_instance_free(loss);
    return value;
}

static double evaluate(const char *spec, const double *output, size_t label, double *gradient)
{
    double target[CLASSES] = {0};
    target[label] = 1;
    return evaluate_vector(spec, output, target, gradient);
}

static void near(double got, double wanted, const char *spec, size_t i)
{
    ck_assert_msg(fabs(got - wanted) <= 1e-12 * fmax(1, fabs(wanted)),
                  "case %zu, %s: %.17g, not %.17g", i, spec, got, wanted);
}

START_TEST(golden)
{
    for (size_t i = 0; i < sizeof golden_losses / sizeof golden_losses[0]; i++) {
        double gradient[CLASSES];
        const char *spec = golden_losses[i].spec;
        near(evaluate_vector(spec, golden_losses[i].output, golden_losses[i].target, gradient),
             golden_losses[i].value, spec, i);
        for (size_t c = 0; c < CLASSES; c++)
            near(gradient[c], golden_losses[i].gradient[c], spec, i);
    }
}
END_TEST

/* Away from kinks, clips and jumps the plugin's gradient is the one that the host finds by itself.
 */
START_TEST(gradient_is_that_of_the_value)
{
    static const double outputs[][CLASSES] = {{0.1, 0.22, 0.3, 0.23, 0.15},
                                              {0.7, 0.05, 0.1, 0.12, 0.03}};
    for (size_t i = 0; i < EVERY_LOSS; i++) {
        if (claims_of(every_loss[i]) & CNN_SURROGATE)
            continue;
        cnn_instance *loss = loss_of(every_loss[i]);
        cnn_plugin_file bare_file = *loss->file;
        bare_file.loss.gradient = NULL;
        const cnn_instance bare = {.file = &bare_file, .self = loss->self};
        for (size_t k = 0; k < 2 * CLASSES; k++) {
            double target[CLASSES] = {0}, own[CLASSES], found[CLASSES], work[CLASSES];
            target[k / 2] = 1;
            cnn_objective_gradient(loss, outputs[k % 2], target, CLASSES, own, work);
            cnn_objective_gradient(&bare, outputs[k % 2], target, CLASSES, found, work);
            for (size_t c = 0; c < CLASSES; c++)
                ck_assert_double_eq_tol(own[c], found[c], 1e-7 * fmax(1, fabs(own[c])));
        }
        cnn_instance_free(loss);
    }
}
END_TEST

/* Whatever the network gives: the call returns, and NaN is not taken for a fine loss. */
START_TEST(hostile_outputs)
{
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY,
                                 1e300,       -1e300,           0};
    for (size_t i = 0; i < EVERY_LOSS; i++)
        for (size_t k = 0; k < 6 * 6; k++)
            for (size_t label = 0; label < 2; label++) {
                const double output[CLASSES] = {bad[k / 6], bad[k % 6], bad[k % 6], bad[k % 6],
                                                bad[k % 6]};
                double gradient[CLASSES];
                const double value = evaluate(every_loss[i], output, label, gradient);
                ck_assert_msg(isnan(value) || !(isnan(output[0]) || isnan(output[1])),
                              "%s gives %g", every_loss[i], value);
            }
}
END_TEST

START_TEST(crossentropy_at_the_clip)
{
    double gradient[CLASSES];
    const double none[CLASSES] = {0}, sure[CLASSES] = {0, 1, 0, 0, 0};
    ck_assert(isnan(evaluate("categorical_crossentropy", none, 0, gradient)));
    ck_assert_double_eq_tol(evaluate("categorical_crossentropy", sure, 0, gradient), -log(1e-7),
                            1e-12);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_double_eq(gradient[c], 0); /* confidently wrong: nothing is learned */
    ck_assert_double_eq_tol(evaluate("categorical_crossentropy", sure, 1, gradient), 1e-7, 1e-13);
    ck_assert_double_eq(gradient[1], 0);
    ck_assert(isinf(evaluate("categorical_crossentropy: {clip: 0}", sure, 0, gradient)));
    const double scores[CLASSES] = {0, 1000, 0, 0, 0};
    ck_assert_double_eq(
        evaluate("categorical_crossentropy: {from_logits: true}", scores, 0, gradient), 1000);
    ck_assert_double_eq(gradient[0], -1); /* from logits it teaches */
}
END_TEST

START_TEST(straight_through_has_the_bits_of_crossentropy)
{
    static const char *const options[] = {"", "from_logits: true",
                                          "label_smoothing: 0.1, clip: 1e-3"};
    static const double output[CLASSES] = {0.1, 1.0 / 3, 0.2, 0.0001, 0.4};
    for (size_t i = 0; i < 3; i++)
        for (size_t label = 0; label < CLASSES; label++) {
            char clipped[128], plain[128];
            double a[CLASSES], b[CLASSES];
            (void)snprintf(clipped, sizeof clipped, "clipped_crossentropy: {%s}", options[i]);
            (void)snprintf(plain, sizeof plain, "categorical_crossentropy: {%s}", options[i]);
            const double value = evaluate(clipped, output, label, a);
            ck_assert_double_eq(value, fmin(evaluate(plain, output, label, b), 1));
            ck_assert_mem_eq(a, b, sizeof a);
        }
}
END_TEST

START_TEST(pairs)
{
    const double even[CLASSES] = {0.25, 0.25, 0.2, 0.15, 0.15}, plain = -log(0.25);
    /* Of equal outputs the first is the prediction. */
    const char *spec = "pair_weighted_crossentropy: {pairs: [[1, 0], [3, 99]], weight: 2}";
    ck_assert_double_eq_tol(evaluate(spec, even, 1, NULL), 2 * plain, 1e-12);
    ck_assert_double_eq_tol(evaluate(spec, even, 0, NULL), plain, 1e-12);
    ck_assert_double_eq_tol(evaluate(spec, even, 3, NULL), -log(0.15), 1e-12);
    spec = "pair_weighted_crossentropy: {pairs: [[0, 1]], weight: 2, symmetric: false}";
    ck_assert_double_eq_tol(evaluate(spec, even, 1, NULL), plain, 1e-12);
    spec = "pair_weighted_crossentropy: {pairs: [[0, 1]], weight: 2}";
    ck_assert_double_eq_tol(evaluate(spec, even, 1, NULL), 2 * plain, 1e-12);
}
END_TEST

static void gradient_is(const char *spec, const double *output, size_t label, const double *wanted)
{
    double gradient[CLASSES];
    (void)evaluate(spec, output, label, gradient);
    for (size_t c = 0; c < CLASSES; c++)
        ck_assert_msg(gradient[c] == wanted[c], "%s, class %zu: %g, not %g", spec, c, gradient[c],
                      wanted[c]);
}

START_TEST(subgradients_at_kinks)
{
    const double met[CLASSES] = {1, -1, -1, -1, -1}, nothing[CLASSES] = {0};
    gradient_is("hinge", met, 0, nothing);
    gradient_is("squared_hinge", met, 0, nothing);
    gradient_is("categorical_hinge", met, 0, nothing);
    const double tied[CLASSES] = {0.5, 2, 1, 2, 0}, first[CLASSES] = {-1, 1, 0, 0, 0};
    gradient_is("categorical_hinge", tied, 0, first);
    const double below[CLASSES] = {-3, -1, 0, -2, -1}, alone[CLASSES] = {-1, 0, 0, 0, 0};
    gradient_is("categorical_hinge", below, 0, alone);
    ck_assert_double_eq(evaluate("categorical_hinge", below, 0, NULL), 4);
    const double origin[CLASSES] = {0}, away[CLASSES] = {0, -1e7, 0, 0, 0};
    gradient_is("cosine_similarity", origin, 1, away);
    ck_assert_double_eq(evaluate("cosine_similarity", origin, 1, NULL), 0);
    const double tiny[CLASSES] = {0, 3e-8, 0, 0, 0};
    gradient_is("cosine_similarity", tiny, 1, away);
    ck_assert_double_eq_tol(evaluate("cosine_similarity", tiny, 1, NULL), -0.3, 1e-12);
}
END_TEST

/* In `kinks` 1 - z_y + z_c is 0, 0, 1 and 2 for the wrong classes. */
START_TEST(subgradients_at_kinks_between_classes)
{
    const double kinks[CLASSES] = {1, 0, 0, 1, 2};
    const double tied[CLASSES] = {0.5, 2, 1, 2, 0}, first[CLASSES] = {-1, 1, 0, 0, 0};
    gradient_is("crammer_singer", tied, 0, first);
    const double met[CLASSES] = {1, 0, 0, 0, -5}, nothing[CLASSES] = {0};
    const char *const all[] = {"crammer_singer", "weston_watkins", "multi_margin",
                               "multi_margin: {p: 2}", "ramp"};
    for (size_t i = 0; i < 5; i++)
        gradient_is(all[i], met, 0, nothing);
    gradient_is("weston_watkins", kinks, 0, (double[]){-2, 0, 0, 1, 1});
    gradient_is("ramp", kinks, 0, (double[]){-1, 0, 0, 1, 0}); /* 2 is its ceiling */
    gradient_is("ramp: {ceiling: 1}", kinks, 0, nothing);      /* 1 and 2 are not below it */
    gradient_is("ramp: {ceiling: 3}", kinks, 0, (double[]){-2, 0, 0, 1, 1});
    ck_assert_double_eq(evaluate("ramp: {ceiling: 1}", kinks, 0, NULL), 2);
    gradient_is("multi_margin", kinks, 0, (double[]){-0.4, 0, 0, 0.2, 0.2});
    gradient_is("multi_margin: {margin: 0}", kinks, 0, (double[]){-0.2, 0, 0, 0, 0.2});
    const double far[CLASSES] = {-100, 100, 50, 20, 0}; /* wrong beyond the ceiling: not learned */
    gradient_is("ramp", far, 0, nothing);
    ck_assert_double_eq(evaluate("ramp", far, 0, NULL), 8);
}
END_TEST

START_TEST(subgradients_at_kinks_one_versus_all)
{
    const double met[CLASSES] = {1, -1, -1, -1, -1}, nothing[CLASSES] = {0}, origin[CLASSES] = {0};
    gradient_is("ova_hinge", met, 0, nothing);
    gradient_is("ova_hinge: {norm: L2}", met, 0, nothing);
    gradient_is("smooth_hinge", met, 0, nothing);
    gradient_is("ova_hinge", origin, 1, (double[]){1, -1, 1, 1, 1});
    gradient_is("ova_hinge: {norm: L2}", origin, 1, (double[]){2, -2, 2, 2, 2});
    gradient_is("smooth_hinge", origin, 1, (double[]){0.2, -0.2, 0.2, 0.2, 0.2});
    ck_assert_double_eq(evaluate("smooth_hinge", origin, 1, NULL), 0.5);
}
END_TEST

START_TEST(subgradients_of_distances)
{
    const double right[CLASSES] = {1, 0, 0, 0, 0}, nothing[CLASSES] = {0};
    gradient_is("mean_absolute_error", right, 0, nothing);
    gradient_is("huber", right, 0, nothing);
    gradient_is("log_cosh", right, 0, nothing);
    const double off[CLASSES] = {-1, 1, 0.5, 3, -2}, wanted[CLASSES] = {-0.2, 0.2, 0.1, 0.2, -0.2};
    gradient_is("huber", off, 0, wanted);
    ck_assert_double_eq_tol(evaluate("log_cosh", (double[]){1 + 1e-9, 0, 0, 0, 0}, 0, NULL), 1e-19,
                            1e-25); /* nothing cancels */
}
END_TEST

/* At 0 and 1 exactly, where logarithms end. */
START_TEST(probabilities_at_their_ends)
{
    double gradient[CLASSES];
    const double sure[CLASSES] = {0, 1, 0, 0, 0}, nothing[CLASSES] = {0};
    ck_assert_double_eq_tol(evaluate("binary_crossentropy", sure, 0, NULL), -0.4 * log(1e-7), 1e-6);
    gradient_is("binary_crossentropy", sure, 0, nothing);
    gradient_is("kl_divergence", sure, 0, (double[]){0, -1e-7, 0, 0, 0});
    gradient_is("categorical_generalized_cross_entropy", sure, 0, nothing);
    gradient_is("categorical_focal_crossentropy", sure, 0, nothing);
    gradient_is("categorical_focal_crossentropy: {gamma: 0.5, clip: 0}", sure, 1, nothing);
    ck_assert(isinf(evaluate("categorical_focal_crossentropy: {clip: 0}", sure, 0, gradient)));
    ck_assert(gradient[0] == -HUGE_VAL && gradient[1] == 0.25);
    const double below[CLASSES] = {-2, 0, 0, 0, 0}; /* poisson: along the tangent at 0 */
    (void)evaluate("poisson", below, 0, gradient);
    ck_assert_double_eq(gradient[0], (1 - 1e7) / 5);
    ck_assert_double_eq_tol(evaluate("poisson", below, 0, NULL), (-log(1e-7) - 2 + 2e7) / 5, 1e-8);
}
END_TEST

/* With the identity, written out or not, infogain is cross entropy; a class outside of the matrix
 * has its row of the identity. */
START_TEST(infogain_of_the_identity)
{
    const double output[CLASSES] = {0.1, 0.22, 0.3, 0.23, 0.15};
    for (size_t label = 0; label < CLASSES; label++) {
        double a[CLASSES], b[CLASSES];
        const double plain = evaluate("categorical_crossentropy", output, label, a);
        ck_assert_double_eq(evaluate("infogain", output, label, b), plain);
        ck_assert_mem_eq(a, b, sizeof a);
        ck_assert_double_eq(evaluate("infogain: {matrix: [[1, 0], [0, 1]]}", output, label, b),
                            plain);
        const double first = evaluate("infogain: {matrix: [[3]]}", output, label, b);
        ck_assert_double_eq(first, label == 0 ? 3 * plain : plain);
    }
}
END_TEST

/* One class that is NaN, wherever it stands among others that are fine. */
START_TEST(one_nan_comes_through)
{
    const char *const all[] = {"crammer_singer",
                               "weston_watkins",
                               "multi_margin",
                               "ova_hinge",
                               "smooth_hinge",
                               "ramp",
                               "hinge",
                               "squared_hinge",
                               "binary_crossentropy",
                               "binary_crossentropy: {from_logits: true}",
                               "kl_divergence",
                               "poisson",
                               "mean_absolute_error",
                               "huber",
                               "log_cosh",
                               "categorical_focal_crossentropy"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for (size_t k = 0; k < CLASSES * CLASSES; k++) {
            double output[CLASSES] = {0.5, -2, 3, 0, 9};
            output[k / CLASSES] = (double)NAN;
            ck_assert_msg(isnan(evaluate(all[i], output, k % CLASSES, NULL)), "%s", all[i]);
        }
}
END_TEST

START_TEST(claims)
{
    const uint64_t logits = CNN_CONVEX | CNN_NON_NEGATIVE | CNN_SMOOTH | CNN_SHIFT_INVARIANT |
                            CNN_CLASS_SYMMETRIC | CNN_TAKES_LOGITS | CNN_TAKES_VECTORS;
    const uint64_t probabilities =
        CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_PROBABILITIES | CNN_TAKES_VECTORS;
    ck_assert_uint_eq(claims_of("categorical_crossentropy"), probabilities);
    ck_assert_uint_eq(claims_of("categorical_crossentropy: {from_logits: true}"), logits);
    ck_assert_uint_eq(claims_of("pair_weighted_crossentropy: {pairs: [], from_logits: true}"),
                      logits);
    ck_assert_uint_eq(claims_of("pair_weighted_crossentropy: {from_logits: true}"),
                      CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_TAKES_LOGITS | CNN_PIECEWISE);
    ck_assert_uint_eq(claims_of("clipped_crossentropy"), probabilities | CNN_SURROGATE);
    ck_assert_uint_eq(claims_of("clipped_crossentropy: {gradient: exact, min: -2, max: -1}"),
                      CNN_CLASS_SYMMETRIC | CNN_TAKES_PROBABILITIES | CNN_TAKES_VECTORS);
}
END_TEST

START_TEST(claims_of_the_hinge_family)
{
    const uint64_t each = CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC;
    ck_assert_uint_eq(claims_of("hinge"), each);
    ck_assert_uint_eq(claims_of("squared_hinge"), each | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("categorical_hinge"), each);
    ck_assert_uint_eq(claims_of("ova_hinge"), each);
    ck_assert_uint_eq(claims_of("ova_hinge: {norm: L2}"), each | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("smooth_hinge"), each | CNN_SMOOTH);
    const uint64_t between = each | CNN_SHIFT_INVARIANT;
    ck_assert_uint_eq(claims_of("crammer_singer"), between);
    ck_assert_uint_eq(claims_of("weston_watkins"), between);
    ck_assert_uint_eq(claims_of("multi_margin"), between);
    ck_assert_uint_eq(claims_of("multi_margin: {p: 2}"), between | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("ramp"), between & ~(uint64_t)CNN_CONVEX);
}
END_TEST

START_TEST(claims_of_the_catalogue)
{
    const uint64_t distance =
        CNN_CONVEX | CNN_NON_NEGATIVE | CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
    const uint64_t either = CNN_CLASS_SYMMETRIC | CNN_TAKES_VECTORS;
    ck_assert_uint_eq(claims_of("mean_absolute_error"), distance);
    ck_assert_uint_eq(claims_of("huber"), distance | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("log_cosh"), distance | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("binary_crossentropy"), either);
    ck_assert_uint_eq(claims_of("binary_crossentropy: {from_logits: true}"),
                      either | CNN_CONVEX | CNN_SMOOTH);
    ck_assert_uint_eq(claims_of("poisson"), either);
    ck_assert_uint_eq(claims_of("kl_divergence"), either | CNN_TAKES_PROBABILITIES);
    ck_assert_uint_eq(claims_of("categorical_generalized_cross_entropy"),
                      either | CNN_NON_NEGATIVE | CNN_TAKES_PROBABILITIES);
    ck_assert_uint_eq(claims_of("categorical_focal_crossentropy: {from_logits: true}"),
                      either | CNN_NON_NEGATIVE | CNN_SHIFT_INVARIANT | CNN_TAKES_LOGITS);
    ck_assert_uint_eq(claims_of("infogain"), claims_of("categorical_crossentropy"));
    ck_assert_uint_eq(claims_of("infogain: {matrix: [[1]], from_logits: true}"),
                      claims_of("categorical_crossentropy: {from_logits: true}") &
                          ~(uint64_t)CNN_CLASS_SYMMETRIC);
}
END_TEST

START_TEST(parameters)
{
    unit_refused(CNN_KIND_LOSS, "clipped_crossentropy: {min: 2, max: 1}", "min is 2 and max is 1");
    unit_refused(CNN_KIND_LOSS, "clipped_crossentropy: {min: 1, max: 1}",
                 "min must be less than max");
    unit_refused(CNN_KIND_LOSS, "clipped_crossentropy: {gradient: none}", "straight_through");
    unit_refused(CNN_KIND_LOSS, "categorical_crossentropy: {clip: 0.5}", "clip is 0.5");
    unit_refused(CNN_KIND_LOSS, "categorical_crossentropy: {label_smoothing: 1.1}",
                 "label_smoothing");
    unit_refused(CNN_KIND_LOSS, "pair_weighted_crossentropy: {pairs: [[3, 3]]}",
                 "pairs holds [3, 3]");
    unit_refused(CNN_KIND_LOSS, "pair_weighted_crossentropy: {pairs: [[3, -1]]}", "pairs");
    unit_refused(CNN_KIND_LOSS, "pair_weighted_crossentropy: {weight: -1}", "weight is -1");
    unit_refused(CNN_KIND_LOSS, "cosine_similarity: {reduction: max}", "reduction");
    unit_refused(CNN_KIND_LOSS, "hinge: {margin: 2}", "margin");
    unit_refused(CNN_KIND_LOSS, "weston_watkins: {margin: 2}", "margin");
    unit_refused(CNN_KIND_LOSS, "multi_margin: {margin: -1}", "margin is -1");
    unit_refused(CNN_KIND_LOSS, "multi_margin: {p: 3}", "p is 3; it must be in [1, 2]");
    unit_refused(CNN_KIND_LOSS, "multi_margin: {p: 1.5}", "p is 1.5; it must be an integer");
    unit_refused(CNN_KIND_LOSS, "ova_hinge: {norm: L3}", "it must be one of L1, L2");
    unit_refused(CNN_KIND_LOSS, "ramp: {ceiling: 0}", "ceiling is 0");
    unit_refused(CNN_KIND_LOSS, "ramp: {ceiling: .inf}", "ceiling");
    unit_refused(CNN_KIND_LOSS, "huber: {delta: 0}", "delta is 0");
    unit_refused(CNN_KIND_LOSS, "binary_crossentropy: {clip: 0}", "clip is 0");
    unit_refused(CNN_KIND_LOSS, "categorical_focal_crossentropy: {gamma: -1}", "gamma is -1");
    unit_refused(CNN_KIND_LOSS, "categorical_generalized_cross_entropy: {q: 0}", "q is 0");
    unit_refused(CNN_KIND_LOSS, "categorical_generalized_cross_entropy: {clip: 0}", "clip is 0");
    unit_refused(CNN_KIND_LOSS, "infogain: {matrix: [[1, 2]]}",
                 "matrix has 1 rows of 2 numbers; it must have as many rows as columns");
    unit_refused(CNN_KIND_LOSS, "infogain: {matrix: [[-1]]}", "matrix");
}
END_TEST

START_TEST(resolved)
{
    unit_resolves(CNN_KIND_LOSS, "hinge", "hinge");
    unit_resolves(
        CNN_KIND_LOSS, "categorical_crossentropy",
        "categorical_crossentropy: {from_logits: false, label_smoothing: 0.0, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "pair_weighted_crossentropy",
                  "pair_weighted_crossentropy: {pairs: [[7, 1], [8, 3], [8, 0]], weight: 1.3, "
                  "symmetric: true, from_logits: false, label_smoothing: 0.0, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "clipped_crossentropy: {max: 3}",
                  "clipped_crossentropy: {min: 0.0, max: 3.0, gradient: straight_through, "
                  "from_logits: false, label_smoothing: 0.0, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "cosine_similarity: {reduction: mean}",
                  "cosine_similarity: {reduction: mean}");
    unit_resolves(CNN_KIND_LOSS, "multi_margin", "multi_margin: {margin: 1.0, p: 1}");
    unit_resolves(CNN_KIND_LOSS, "ova_hinge: {norm: L2}", "ova_hinge: {norm: L2}");
    unit_resolves(CNN_KIND_LOSS, "ramp", "ramp: {ceiling: 2.0}");
    unit_resolves(CNN_KIND_LOSS, "huber", "huber: {delta: 1.0}");
    unit_resolves(CNN_KIND_LOSS, "binary_crossentropy",
                  "binary_crossentropy: {from_logits: false, label_smoothing: 0.0, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "categorical_focal_crossentropy",
                  "categorical_focal_crossentropy: {alpha: 0.25, gamma: 2.0, from_logits: false, "
                  "label_smoothing: 0.0, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "categorical_generalized_cross_entropy",
                  "categorical_generalized_cross_entropy: {q: 0.5, clip: 1e-7}");
    unit_resolves(CNN_KIND_LOSS, "infogain: {matrix: [[1, 0.5], [0, 1]]}",
                  "infogain: {matrix: [[1.0, 0.5], [0.0, 1.0]], from_logits: false, "
                  "label_smoothing: 0.0, clip: 1e-7}");
}
END_TEST

UNIT_MAIN("losses", golden, gradient_is_that_of_the_value, hostile_outputs,
          crossentropy_at_the_clip, straight_through_has_the_bits_of_crossentropy, pairs,
          subgradients_at_kinks, subgradients_at_kinks_between_classes,
          subgradients_at_kinks_one_versus_all, subgradients_of_distances,
          probabilities_at_their_ends, infogain_of_the_identity, one_nan_comes_through, claims,
          claims_of_the_hinge_family, claims_of_the_catalogue, parameters, resolved)
