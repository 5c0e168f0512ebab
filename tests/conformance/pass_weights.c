/* pass_weights.c - what makes a layer's weights: second phase, moving statistics, and what is
 * measured before the first step. */
#include <string.h>

#include "layer.h"

void kit_weight_part(kit_pass *p, uint64_t part)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    cnn_layer_batch known = {.samples = p->samples,
                             .part = part,
                             .parts = plan->parts,
                             .dy = p->dy,
                             .scratch = p->scratch};
    known.weights = (const float *const *)kit_pointers(p, "io->weights", p->w);
    known.x = plan->flags & CNN_USES_INPUT ? p->x : NULL;
    known.dweights = kit_pointers(p, "io->dweights", p->dw);
    const cnn_layer_batch *io = kit_arguments(p->layout, "io", &known, sizeof known);
    kit_prefill(p->scratch, p->layout->prefill);
    kit_guard_inputs(p, true);
    if (p->layout->readonly)
        kit_protect(p->dy, true);
    kit_enter("weight_gradient", KIT_TRAIN);
    p->layer->file->layer.weight_gradient(p->layer->self, io);
    kit_leave();
    if (p->layout->readonly)
        kit_protect(p->dy, false);
    kit_guard_inputs(p, false);
    kit_check_canaries();
    kit_arena_reset(mark);
}

void kit_weight_gradients(kit_pass *p)
{
    const cnn_layer_plan *plan = &p->layer->plan;
    if (!plan->parts)
        return;
    if (!p->layer->file->layer.weight_gradient)
        kit_fail("plan sets parts to %llu, but weight_gradient is NULL",
                 (unsigned long long)plan->parts);
    for (uint64_t i = 0; i < plan->weight_count; i++)
        if (p->dw[i])
            kit_prefill(p->dw[i], p->layout->prefill);
    for (uint64_t part = 0; part < plan->parts; part++)
        kit_weight_part(p, part);
    for (uint64_t i = 0; i < plan->weight_count; i++)
        if (p->dw[i])
            kit_check_written(p->layout, p->dw[i], p->size[i], plan->weights[i].name);
}

void kit_update(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    float *moving[CNN_MAX_WEIGHTS] = {NULL};
    bool moves = false;
    for (uint64_t i = 0; i < plan->weight_count; i++) {
        moving[i] = plan->weights[i].role == CNN_ROLE_MOVING ? p->w[i] : NULL;
        moves |= moving[i] != NULL;
    }
    if (!plan->measures || (!moves && !p->layer->file->layer.update))
        return;
    if (!p->layer->file->layer.update)
        kit_fail("plan sets measures and a moving weight, but update is NULL");
    const cnn_layer_update known = {
        .samples = p->batch, .totals = p->totals, .moving = kit_pointers(p, "io->moving", moving)};
    const cnn_layer_update *io = kit_arguments(p->layout, "io", &known, sizeof known);
    kit_enter("update", KIT_TRAIN);
    p->layer->file->layer.update(p->layer->self, io);
    kit_leave();
    kit_check_canaries();
    kit_arena_reset(mark);
}

static void call_survey(kit_pass *p, const cnn_layer_survey *known)
{
    const cnn_layer_survey *io = kit_arguments(p->layout, "io", known, sizeof *known);
    kit_prefill(p->scratch, p->layout->prefill);
    kit_guard_inputs(p, true);
    kit_enter("survey", KIT_TRAIN);
    p->layer->file->layer.survey(p->layer->self, io);
    kit_leave();
    kit_guard_inputs(p, false);
    kit_check_canaries();
}

void kit_survey(kit_pass *p, uint64_t pass, uint64_t all, const double *totals, double *sums)
{
    const uint32_t mark = kit_arena_mark();
    const uint64_t count = p->layer->plan.surveys;
    if (!p->layer->file->layer.survey)
        kit_fail("plan sets surveys, but survey is NULL");
    double *before = kit_buffer(p->layout, "totals", pass * count, sizeof *before, 8);
    double *own = kit_buffer(p->layout, "sums", count, sizeof *own, 8);
    if (pass)
        memcpy(before, totals, pass * count * sizeof *before);
    memcpy(own, sums, count * sizeof *own);
    if (p->layout->readonly)
        kit_protect(before, true);
    cnn_layer_survey io = {.samples = p->samples,
                           .pass = pass,
                           .all_samples = all,
                           .scratch = p->scratch,
                           .totals = pass ? before : NULL,
                           .sums = own};
    io.weights = (const float *const *)kit_pointers(p, "io->weights", p->w);
    io.xs = (const float *const *)kit_beside(p, "io->xs", p->x, p->other);
    io.x = io.xs[0];
    call_survey(p, &io);
    memcpy(sums, own, count * sizeof *own);
    kit_arena_reset(mark);
}

/* Calls settle; all that it must write is there afterwards. */
static void settle(kit_pass *p, const double *totals)
{
    const cnn_layer_plan *plan = &p->layer->plan;
    float *measured[CNN_MAX_WEIGHTS] = {NULL};
    cnn_error error = {0};
    if (!p->layer->file->layer.settle)
        kit_fail("plan sets surveys, but settle is NULL");
    for (uint64_t i = 0; i < plan->weight_count; i++)
        if (plan->weights[i].role == CNN_ROLE_MEASURED) {
            measured[i] = p->w[i];
            kit_prefill(p->w[i], p->layout->prefill);
        }
    const cnn_layer_settle known = {.samples = p->samples,
                                    .totals = totals,
                                    .measured = kit_pointers(p, "io->measured", measured)};
    const cnn_layer_settle *io = kit_arguments(p->layout, "io", &known, sizeof known);
    kit_enter("settle", KIT_TRAIN);
    const int result = p->layer->file->layer.settle(p->layer->self, io, &error);
    kit_leave();
    kit_check_canaries();
    if (result != 0)
        kit_fail("settle refuses the kit's samples: %s", error.text);
    for (uint64_t i = 0; i < plan->weight_count; i++)
        if (measured[i])
            kit_check_written(p->layout, measured[i], p->size[i], plan->weights[i].name);
}

void kit_settle(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    const uint64_t count = p->layer->plan.surveys,
                   passes = p->layer->plan.survey_passes ? p->layer->plan.survey_passes : 1;
    if (!count)
        return;
    double *totals = kit_buffer(p->layout, "totals", passes * count, sizeof *totals, 8);
    memset(totals, 0, passes * count * sizeof *totals);
    for (uint64_t pass = 0; pass < passes; pass++)
        kit_survey(p, pass, p->samples, totals, totals + pass * count);
    settle(p, totals);
    kit_arena_reset(mark);
}
