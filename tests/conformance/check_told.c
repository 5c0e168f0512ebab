/* check_told.c - rules on what layers are told in their plan: caches, and whether they train. */
#include <string.h>

#include "layer.h"

static bool same_shape(const cnn_shape *a, const cnn_shape *b)
{
    return a->rank == b->rank && cnn_shape_count(a) == cnn_shape_count(b) &&
           memcmp(a->dim, b->dim, a->rank * sizeof a->dim[0]) == 0;
}

static void same_weights(const cnn_layer_plan *a, const cnn_layer_plan *b, const char *when)
{
    bool same = a->weight_count == b->weight_count && same_shape(&a->output, &b->output);
    for (uint64_t i = 0; same && i < a->weight_count; i++)
        same = strcmp(a->weights[i].name, b->weights[i].name) == 0 &&
               a->weights[i].role == b->weights[i].role &&
               same_shape(&a->weights[i].shape, &b->weights[i].shape);
    if (!same)
        kit_fail("plan gives another output, or asks for other weights, %s", when);
}

/* ---- caches --------------------------------------------------------------------------------- */

static const char *const sizes[] = {"usual caches", "tiny caches", "huge caches"};

/* The variant's plan and results with such caches; false where it is refused. */
static bool run_with(const kit_case *c, size_t variant, uint32_t caches, cnn_layer_plan *plan,
                     kit_bytes *out, cnn_error *refusal)
{
    const kit_layout layout = {
        .side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 23, .caches = caches};
    kit_instance *layer = kit_make(c, &layout, NULL, variant, refusal);
    if (!layer)
        return false;
    *plan = layer->plan;
    kit_run(layer, &layout, out);
    kit_unmake(layer);
    return true;
}

static void check_caches(kit_case *c)
{
    cnn_error refusal = {0};
    size_t accepted = 0;
    for (size_t v = 0; v < kit_layer_variants; v++) {
        cnn_layer_plan usual, plan;
        kit_bytes want = {0};
        if (!run_with(c, v, 0, &usual, &want, &refusal))
            continue;
        accepted++;
        for (uint32_t k = 1; k < 3; k++) {
            kit_bytes got = {0};
            if (!run_with(c, v, k, &plan, &got, &refusal))
                kit_fail("plan refuses with %s: %s", sizes[k], refusal.text);
            same_weights(&usual, &plan, "with other caches");
            if (plan.flags != usual.flags || plan.parts != usual.parts ||
                plan.measures != usual.measures || plan.piece_samples != usual.piece_samples ||
                plan.saved_bytes != usual.saved_bytes || plan.surveys != usual.surveys ||
                plan.survey_passes != usual.survey_passes)
                kit_fail("plan depends on the caches in other fields than prepared_bytes and "
                         "scratch_bytes");
            kit_expect_same(&want, &got, sizes[k]);
            kit_bytes_free(&got);
        }
        kit_bytes_free(&want);
        kit_arena_reset(0);
    }
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

/* ---- training, or not ----------------------------------------------------------------------- */

static void evaluate(const kit_instance *layer, const kit_layout *layout, kit_bytes *out)
{
    kit_pass p = kit_pass_new(layer, layout, 3);
    kit_forward(&p, false);
    kit_bytes_add(out, p.y, p.samples * p.out * sizeof(float));
}

static void check_evaluation(kit_case *c)
{
    const kit_layout plain = {.side = KIT_RIGHT, .prefill = KIT_PREFILL_ONE, .salt = 24};
    kit_layout told = plain;
    cnn_error refusal = {0};
    size_t accepted = 0;
    told.evaluates = true;
    for (size_t v = 0; v < kit_layer_variants; v++) {
        kit_bytes want = {0}, got = {0};
        kit_instance *training = kit_make(c, &plain, NULL, v, &refusal);
        kit_instance *evaluating = training ? kit_make(c, &told, NULL, v, &refusal) : NULL;
        if (training && !evaluating)
            kit_fail("plan refuses where there is no training: %s", refusal.text);
        if (training) {
            same_weights(&training->plan, &evaluating->plan, "where there is no training");
            evaluate(training, &plain, &want);
            evaluate(evaluating, &told, &got);
            kit_expect_same(&want, &got, "told that there is no training");
        }
        accepted += training != NULL;
        kit_bytes_free(&want);
        kit_bytes_free(&got);
        kit_unmake(evaluating);
        kit_unmake(training);
        kit_arena_reset(0);
    }
    if (!accepted)
        kit_skip("it accepts none of the kit's inputs: %s", refusal.text);
}

const kit_check kit_told_checks[] = {
    {"LAY-16", "caches change no bit", 3, CNN_KIND_LAYER, 0, check_caches},
    {"LAY-18", "without training, the same evaluation", 3, CNN_KIND_LAYER, 0, check_evaluation},
    {0},
};
