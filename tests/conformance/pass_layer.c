/* pass_layer.c - one shard or batch through a layer: its buffers, and a call of each function that
 * takes a shard. */
#include "layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void kit_numbers(float *values, uint64_t count, uint64_t salt, double spread)
{
    const cnn_random random = {salt, 11};
    for (uint64_t i = 0; i < count; i++)
        values[i] = (float)(spread * (2 * cnn_random_uniform(&random, i) - 1));
}

static void make_weights(kit_pass *p)
{
    const cnn_layer_plan *plan = &p->layer->plan;
    for (uint64_t i = 0; i < plan->weight_count; i++) {
        const cnn_weight *weight = &plan->weights[i];
        char name[80];
        p->size[i] = cnn_shape_count(&weight->shape);
        snprintf(name, sizeof name, "weights[%llu] %.20s", (unsigned long long)i,
                 weight->name ? weight->name : "");
        p->w[i] = kit_buffer(p->layout, name, p->size[i], sizeof(float), 64);
        kit_numbers(p->w[i], p->size[i], p->layout->salt + 31 + i,
                    1 / sqrt(fmax(1, (double)weight->fan_in)));
        for (uint64_t k = 0; k < p->size[i] && !cnn_role_is_trained(weight->role); k++)
            p->w[i][k] = fabsf(p->w[i][k]) + 0.5F; /* variances among them */
        if (!cnn_role_is_trained(weight->role))
            continue;
        snprintf(name, sizeof name, "dweights[%llu] %.20s", (unsigned long long)i,
                 weight->name ? weight->name : "");
        p->dw[i] = kit_buffer(p->layout, name, p->size[i], sizeof(float), 64);
    }
}

kit_pass kit_pass_new(const kit_instance *layer, const kit_layout *layout, uint64_t samples)
{
    const cnn_layer_plan *plan = &layer->plan;
    kit_pass p = {.layer = layer, .layout = layout, .samples = samples};
    p.in = cnn_shape_count(&layer->input);
    p.out = cnn_shape_count(&plan->output);
    make_weights(&p);
    p.x = kit_buffer(layout, "x", samples * p.in, sizeof(float), 64);
    p.y = kit_buffer(layout, "y", samples * p.out, sizeof(float), 64);
    p.dy = kit_buffer(layout, "dy", samples * p.out, sizeof(float), 64);
    p.dx = kit_buffer(layout, "dx", samples * p.in, sizeof(float), 64);
    p.saved = kit_buffer(layout, "saved", samples * plan->saved_bytes, 1, 64);
    p.scratch = kit_buffer(layout, "scratch", plan->scratch_bytes, 1, 64);
    p.prepared = kit_buffer(layout, "prepared", plan->prepared_bytes, 1, 64);
    p.random = kit_buffer(layout, "random", samples, sizeof *p.random, 8);
    const uint64_t back = plan->measures_backward,
                   most = plan->measures > back ? plan->measures : back;
    p.batch = samples;
    p.measured = kit_buffer(layout, "measured", most, sizeof(double), 8);
    p.totals = kit_buffer(layout, "totals", plan->measures, sizeof(double), 8);
    p.totals_backward = kit_buffer(layout, "totals_backward", back, sizeof(double), 8);
    kit_numbers(p.x, samples * p.in, layout->salt + 1, 2);
    for (size_t i = 0; i < layer->inputs; i++) {
        if (i == layer->slot)
            continue;
        p.other[i] = kit_buffer(layout, "xs", samples * p.in, sizeof(float), 64);
        p.dother[i] = kit_buffer(layout, "dxs", samples * p.in, sizeof(float), 64);
        kit_numbers(p.other[i], samples * p.in, layout->salt + 41 + i, 2);
    }
    kit_numbers(p.dy, samples * p.out, layout->salt + 2, 2);
    for (uint64_t i = 0; i < samples; i++)
        p.random[i] = cnn_random_split(&(cnn_random){layout->salt, 17}, i);
    return p;
}

void *kit_arguments(const kit_layout *layout, const char *name, const void *known, size_t size)
{
    unsigned char *io = kit_buffer(layout, name, size + layout->extra, 1, 8);
    const uint64_t struct_size = size + layout->extra;
    memset(io + size, 0x7F, layout->extra);
    memcpy(io, known, size);
    memcpy(io, &struct_size, sizeof struct_size);
    if (layout->readonly)
        kit_protect(io, true);
    return io;
}

float **kit_pointers(const kit_pass *p, const char *name, float *const *from)
{
    const uint64_t count = p->layer->plan.weight_count;
    float **to = kit_buffer(p->layout, name, count, sizeof *to, sizeof *to);
    for (uint64_t i = 0; i < count; i++)
        to[i] = from[i];
    if (p->layout->readonly)
        kit_protect(to, true);
    return to;
}

void kit_guard_inputs(const kit_pass *p, bool readonly)
{
    if (!p->layout->readonly)
        return;
    if (p->x != p->y)
        kit_protect(p->x, readonly);
    kit_protect(p->random, readonly);
    kit_protect(p->totals, readonly);
    kit_protect(p->totals_backward, readonly);
    for (size_t i = 0; i < p->layer->inputs; i++)
        if (i != p->layer->slot)
            kit_protect(p->other[i], readonly);
    for (uint64_t i = 0; i < p->layer->plan.weight_count; i++)
        kit_protect(p->w[i], readonly);
}

static void make_prepared(const kit_pass *p, bool training)
{
    const uint32_t mark = kit_arena_mark();
    if (!p->layer->plan.prepared_bytes)
        return;
    if (!p->layer->file->layer.prepare)
        kit_fail("plan sets prepared_bytes to %llu, but prepare is NULL",
                 (unsigned long long)p->layer->plan.prepared_bytes);
    const cnn_layer_prepare known = {.training = training,
                                     .weights =
                                         (const float *const *)kit_pointers(p, "io->weights", p->w),
                                     .prepared = p->prepared};
    const cnn_layer_prepare *io = kit_arguments(p->layout, "io", &known, sizeof known);
    kit_prefill(p->prepared, p->layout->prefill);
    kit_guard_inputs(p, true);
    kit_enter("prepare", KIT_TRAIN);
    p->layer->file->layer.prepare(p->layer->self, io);
    kit_leave();
    kit_guard_inputs(p, false);
    kit_check_canaries();
    kit_arena_reset(mark);
}

float **kit_beside(const kit_pass *p, const char *name, float *own, float *const *others)
{
    float **all = kit_buffer(p->layout, name, p->layer->inputs, sizeof *all, sizeof *all);
    for (size_t i = 0; i < p->layer->inputs; i++)
        all[i] = i == p->layer->slot ? own : others[i];
    if (p->layout->readonly)
        kit_protect(all, true);
    return all;
}

/* The four calls on a shard. */
enum { FORWARD, BACKWARD, MEASURE, MEASURE_BACKWARD };

static void call(kit_pass *p, const cnn_layer_io *known, int which)
{
    static const char *const names[] = {"forward", "backward", "measure", "measure_backward"};
    const cnn_layer_io *io = kit_arguments(p->layout, "io", known, sizeof *known);
    const cnn_layer *plugin = &p->layer->file->layer;
    void (*const calls[])(const void *, const cnn_layer_io *) = {
        plugin->forward, plugin->backward, plugin->measure, plugin->measure_backward};
    const bool forward = which == FORWARD || which == MEASURE;
    const bool keeps_dy = which == MEASURE_BACKWARD && p->layout->readonly;
    kit_guard_inputs(p, true);
    if (keeps_dy)
        kit_protect(p->dy, true);
    if (p->layout->readonly)
        kit_protect(p->prepared, true);
    if (!forward && p->layout->readonly && p->y != p->dx && p->y != p->dy)
        kit_protect(p->y, true);
    kit_enter(names[which], KIT_TRAIN);
    calls[which](p->layer->self, io);
    kit_leave();
    kit_guard_inputs(p, false);
    if (keeps_dy)
        kit_protect(p->dy, false);
    if (p->layout->readonly)
        kit_protect(p->prepared, false);
    if (!forward && p->layout->readonly && p->y != p->dx && p->y != p->dy)
        kit_protect(p->y, false);
    kit_check_canaries();
}

/* What forward and measure have in common. */
static cnn_layer_io forward_io(const kit_pass *p, bool training)
{
    cnn_layer_io io = {.samples = p->samples,
                       .training = training,
                       .batch_samples = training ? p->batch : 0,
                       .step = training ? 1000 : 0,
                       .epoch = training ? 3 : 0,
                       .scratch = p->scratch,
                       .prepared = p->layer->plan.prepared_bytes ? p->prepared : NULL};
    io.xs = (const float *const *)kit_beside(p, "io->xs", p->x, p->other);
    io.x = io.xs[0];
    io.weights = (const float *const *)kit_pointers(p, "io->weights", p->w);
    kit_prefill(p->scratch, p->layout->prefill);
    return io;
}

/* Calls measure or measure_backward; the doubles that it gives become the totals. */
static void call_measure(kit_pass *p, cnn_layer_io *io, int which, double *totals, uint64_t count)
{
    const cnn_layer *plugin = &p->layer->file->layer;
    const bool back = which == MEASURE_BACKWARD;
    if (!(back ? plugin->measure_backward : plugin->measure))
        kit_fail("plan sets %s, but that function is NULL",
                 back ? "measures_backward" : "measures");
    io->measured = p->measured;
    kit_prefill(p->measured, p->layout->prefill);
    call(p, io, which);
    kit_check_written_doubles(p->layout, p->measured, count, "measured");
    memcpy(totals, p->measured, count * sizeof *totals);
}

void kit_measure(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    if (!p->layer->plan.measures)
        return;
    make_prepared(p, true);
    cnn_layer_io io = forward_io(p, true);
    call_measure(p, &io, MEASURE, p->totals, p->layer->plan.measures);
    kit_arena_reset(mark);
}

void kit_share(kit_pass *to, kit_pass *from)
{
    const cnn_layer_plan *plan = &to->layer->plan;
    const bool back = to->shares;
    for (uint64_t i = 0; i < plan->measures && !back; i++)
        to->totals[i] += from->totals[i];
    for (uint64_t i = 0; i < plan->measures_backward && back; i++)
        to->totals_backward[i] += from->totals_backward[i];
    to->batch += back ? 0 : from->batch;
    kit_take_totals(from, to);
    to->shares = true;
}

void kit_take_totals(kit_pass *to, const kit_pass *from)
{
    const cnn_layer_plan *plan = &to->layer->plan;
    memcpy(to->totals, from->totals, plan->measures * sizeof(double));
    memcpy(to->totals_backward, from->totals_backward, plan->measures_backward * sizeof(double));
    to->batch = from->batch;
    to->shares = true;
}

void kit_forward(kit_pass *p, bool training)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    if (training && !p->shares)
        kit_measure(p);
    make_prepared(p, training);
    cnn_layer_io io = forward_io(p, training);
    io.y = p->y;
    if (p->x != p->y)
        kit_prefill(p->y, p->layout->prefill);
    if (training) {
        io.saved = p->saved;
        io.random = plan->flags & CNN_RANDOM ? p->random : NULL;
        io.totals = plan->measures ? p->totals : NULL;
        kit_prefill(p->saved, p->layout->prefill);
    }
    call(p, &io, FORWARD);
    kit_check_written(p->layout, p->y, p->samples * p->out, "y");
    kit_arena_reset(mark);
}

/* What backward and measure_backward have in common. */
static cnn_layer_io backward_io(const kit_pass *p)
{
    const cnn_layer_plan *plan = &p->layer->plan;
    cnn_layer_io io = {.samples = p->samples,
                       .training = 1,
                       .step = 1000,
                       .epoch = 3,
                       .batch_samples = p->batch,
                       .totals = plan->measures ? p->totals : NULL,
                       .dy = p->dy,
                       .saved = p->saved,
                       .scratch = p->scratch,
                       .prepared = plan->prepared_bytes ? p->prepared : NULL};
    io.weights = (const float *const *)kit_pointers(p, "io->weights", p->w);
    float *const none[CNN_MAX_INPUTS] = {NULL};
    const bool uses = plan->flags & CNN_USES_INPUT;
    io.xs =
        (const float *const *)kit_beside(p, "io->xs", uses ? p->x : NULL, uses ? p->other : none);
    io.x = io.xs[0];
    io.y = plan->flags & CNN_USES_OUTPUT ? p->y : NULL;
    io.dweights = plan->parts || !plan->trained ? NULL : kit_pointers(p, "io->dweights", p->dw);
    kit_prefill(p->scratch, p->layout->prefill);
    return io;
}

void kit_measure_backward(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    if (!p->layer->plan.measures_backward)
        return;
    cnn_layer_io io = backward_io(p);
    float *none[CNN_MAX_INPUTS] = {NULL};
    io.dxs = kit_beside(p, "io->dxs", NULL, none);
    call_measure(p, &io, MEASURE_BACKWARD, p->totals_backward, p->layer->plan.measures_backward);
    kit_arena_reset(mark);
}

void kit_backward(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    if (!p->shares)
        kit_measure_backward(p);
    cnn_layer_io io = backward_io(p);
    io.totals_backward = p->layer->plan.measures_backward ? p->totals_backward : NULL;
    io.dxs = kit_beside(p, "io->dxs", p->dx, p->dother);
    io.dx = io.dxs[0];
    if (p->dx && p->dx != p->dy)
        kit_prefill(p->dx, p->layout->prefill);
    for (size_t i = 0; i < p->layer->inputs; i++)
        if (i != p->layer->slot)
            kit_prefill(p->dother[i], p->layout->prefill);
    call(p, &io, BACKWARD);
    if (p->dx)
        kit_check_written(p->layout, p->dx, p->samples * p->in, "dx");
    for (size_t i = 0; i < p->layer->inputs; i++)
        if (i != p->layer->slot)
            kit_check_written(p->layout, p->dother[i], p->samples * p->in, "dxs");
    kit_arena_reset(mark);
}

void kit_pass_whole(kit_pass *p)
{
    kit_forward(p, true);
    kit_backward(p);
    kit_weight_gradients(p);
}
