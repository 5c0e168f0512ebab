/* drive_layer.c - how a layer is run: several input shapes, shards of several sizes, all callbacks.
 */
#include "layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const cnn_shape kit_input_shapes[] = {
    {3, {8, 8, 3}}, {1, {20}},   {3, {5, 7, 2}}, {3, {12, 12, 16}},
    {1, {64}},      {2, {6, 5}}, {3, {1, 1, 1}}, {1, {1}},
};

#define SHAPES (sizeof kit_input_shapes / sizeof kit_input_shapes[0])
const size_t kit_input_shape_count = SHAPES;

/* A layer is offered its inputs in each of these ways; those that take one input refuse the others.
 */
static const struct arrangement {
    size_t inputs, slot;
} arrangements[] = {{1, 0}, {2, 0}, {2, 1}, {3, 1}};
#define VARIANTS (SHAPES * sizeof arrangements / sizeof arrangements[0])
const size_t kit_layer_variants = VARIANTS;

/* Whether the layer takes one more, having taken `before`. */
static bool takes(kit_instance *layer, size_t before, const char *name)
{
    int (*const offer)(void *, const char *) =
        before == 0 ? layer->file->layer.absorb : layer->file->layer.absorb_next;
    int taken = 0;
    kit_enter(before == 0 ? "absorb" : "absorb_next", KIT_SETUP);
    if (offer)
        taken = offer(layer->self, name);
    kit_leave();
    if (taken != 0 && taken != 1)
        kit_fail("%s returned %d; it must return 1, or 0 to decline",
                 before == 0 ? "absorb" : "absorb_next", taken);
    return taken == 1;
}

/* absorbs stays set if the layer takes all of them; then it is offered what it must decline, which
 * must not change what it took. */
static void offer(kit_instance *layer)
{
    size_t taken = 0;
    while (layer->absorbs && layer->absorbs[taken])
        if (takes(layer, taken, layer->absorbs[taken]))
            taken++;
        else
            layer->absorbs = NULL;
    if (layer->absorbs && takes(layer, taken, "conformance_kit"))
        kit_fail("absorb_next takes a layer of a name that only the kit has");
}

static bool ready(kit_instance *layer, const kit_layout *layout, cnn_error *error)
{
    cnn_shape *input = kit_buffer(layout, "input", 1, sizeof *input, 8);
    const size_t known =
        layout->first ? offsetof(cnn_layer_plan, prepared_bytes) : sizeof layer->plan;
    const struct arrangement *arranged = &arrangements[layer->variant / kit_input_shape_count];
    cnn_shape *inputs = kit_buffer(layout, "plan->inputs", CNN_MAX_INPUTS, sizeof *input, 8);
    const size_t size = known + layout->extra;
    cnn_layer_plan *plan = kit_buffer(layout, "plan", size, 1, 8);
    if (layer->input.rank == 0)
        layer->input = kit_input_shapes[layer->variant % kit_input_shape_count];
    layer->inputs = arranged->inputs;
    layer->slot = arranged->slot;
    if (layer->inputs > 1 && layout->first)
        return cnn_fail(error, "the first hosts knew one input only") == 0;
    *input = layer->input;
    for (size_t i = 0; i < layer->inputs; i++)
        inputs[i] = layer->input;
    offer(layer);
    plan->struct_size = size;
    if (!layout->first) {
        plan->input_count = layer->inputs;
        plan->inputs = inputs;
    }
    kit_enter("plan", KIT_SETUP);
    const int result = layer->file->layer.plan(layer->self, input, plan, error);
    kit_leave();
    kit_check_canaries();
    memset(&layer->plan, 0, sizeof layer->plan);
    memcpy(&layer->plan, plan, known);
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("plan returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    const uint64_t taken = layer->plan.inputs_taken ? layer->plan.inputs_taken : 1;
    if (result == 0 && taken != layer->inputs)
        return cnn_fail(error, "it takes %llu inputs, and got %zu", (unsigned long long)taken,
                        layer->inputs) == 0;
    if (result == 0 && layer->inputs > 1 && plan->parts > 0)
        kit_fail("plan sets parts, and the layer takes %zu inputs; there is no second phase then",
                 layer->inputs);
    if (result == 0 && plan->weight_count > CNN_MAX_WEIGHTS)
        kit_fail("plan wants %llu weights; at most %u are allowed",
                 (unsigned long long)plan->weight_count, CNN_MAX_WEIGHTS);
    if (result == 0 && (plan->output.rank == 0 || plan->output.rank > CNN_MAX_RANK))
        kit_fail("plan gives an output of rank %llu; it must be from 1 to %u",
                 (unsigned long long)plan->output.rank, CNN_MAX_RANK);
    return result == 0;
}

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
        for (uint64_t k = 0; k < p->size[i] && weight->role == CNN_ROLE_MOVING; k++)
            p->w[i][k] = fabsf(p->w[i][k]) + 0.5F; /* variances among them */
        if (weight->role == CNN_ROLE_MOVING)
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
    p.statistics = kit_buffer(layout, "statistics", plan->statistics, sizeof(double), 8);
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

/* A struct of arguments at the end of its page, longer than known if the layout says so. */
static void *arguments(const kit_layout *layout, const char *name, const void *known, size_t size)
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

static float **pointers(const kit_pass *p, const char *name, float *const *from)
{
    const uint64_t count = p->layer->plan.weight_count;
    float **to = kit_buffer(p->layout, name, count, sizeof *to, sizeof *to);
    for (uint64_t i = 0; i < count; i++)
        to[i] = from[i];
    if (p->layout->readonly)
        kit_protect(to, true);
    return to;
}

static void guard_inputs(const kit_pass *p, bool readonly)
{
    if (!p->layout->readonly)
        return;
    if (p->x != p->y)
        kit_protect(p->x, readonly);
    kit_protect(p->random, readonly);
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
                                         (const float *const *)pointers(p, "io->weights", p->w),
                                     .prepared = p->prepared};
    const cnn_layer_prepare *io = arguments(p->layout, "io", &known, sizeof known);
    kit_prefill(p->prepared, p->layout->prefill);
    guard_inputs(p, true);
    kit_enter("prepare", KIT_TRAIN);
    p->layer->file->layer.prepare(p->layer->self, io);
    kit_leave();
    guard_inputs(p, false);
    kit_check_canaries();
    kit_arena_reset(mark);
}

/* The pointers to all inputs, or to their gradients: `own` in its slot among the others. */
static float **beside(const kit_pass *p, const char *name, float *own, float *const *others)
{
    float **all = kit_buffer(p->layout, name, p->layer->inputs, sizeof *all, sizeof *all);
    for (size_t i = 0; i < p->layer->inputs; i++)
        all[i] = i == p->layer->slot ? own : others[i];
    if (p->layout->readonly)
        kit_protect(all, true);
    return all;
}

static void call(kit_pass *p, const cnn_layer_io *known, bool forward)
{
    const size_t size = p->layout->first ? offsetof(cnn_layer_io, prepared) : sizeof *known;
    const cnn_layer_io *io = arguments(p->layout, "io", known, size);
    const cnn_layer *plugin = &p->layer->file->layer;
    guard_inputs(p, true);
    if (p->layout->readonly)
        kit_protect(p->prepared, true);
    if (!forward && p->layout->readonly && p->y != p->dx && p->y != p->dy)
        kit_protect(p->y, true);
    kit_enter(forward ? "forward" : "backward", KIT_TRAIN);
    (forward ? plugin->forward : plugin->backward)(p->layer->self, io);
    kit_leave();
    guard_inputs(p, false);
    if (p->layout->readonly)
        kit_protect(p->prepared, false);
    if (!forward && p->layout->readonly && p->y != p->dx && p->y != p->dy)
        kit_protect(p->y, false);
    kit_check_canaries();
}

void kit_forward(kit_pass *p, bool training)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    cnn_layer_io io = {.samples = p->samples,
                       .training = training,
                       .y = p->y,
                       .scratch = p->scratch,
                       .prepared = plan->prepared_bytes ? p->prepared : NULL};
    make_prepared(p, training);
    io.xs = (const float *const *)beside(p, "io->xs", p->x, p->other);
    io.x = io.xs[0];
    io.weights = (const float *const *)pointers(p, "io->weights", p->w);
    if (p->x != p->y)
        kit_prefill(p->y, p->layout->prefill);
    kit_prefill(p->scratch, p->layout->prefill);
    if (training) {
        io.saved = p->saved;
        io.random = plan->flags & CNN_RANDOM ? p->random : NULL;
        io.statistics = plan->statistics ? p->statistics : NULL;
        kit_prefill(p->saved, p->layout->prefill);
        kit_prefill(p->statistics, p->layout->prefill);
    }
    call(p, &io, true);
    kit_check_written(p->layout, p->y, p->samples * p->out, "y");
    if (training)
        kit_check_written_doubles(p->layout, p->statistics, plan->statistics, "statistics");
    kit_arena_reset(mark);
}

void kit_backward(kit_pass *p)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    cnn_layer_io io = {.samples = p->samples,
                       .training = 1,
                       .dy = p->dy,
                       .saved = p->saved,
                       .scratch = p->scratch,
                       .prepared = plan->prepared_bytes ? p->prepared : NULL};
    io.weights = (const float *const *)pointers(p, "io->weights", p->w);
    float *const none[CNN_MAX_INPUTS] = {NULL};
    const bool uses = plan->flags & CNN_USES_INPUT;
    io.xs = (const float *const *)beside(p, "io->xs", uses ? p->x : NULL, uses ? p->other : none);
    io.x = io.xs[0];
    io.dxs = beside(p, "io->dxs", p->dx, p->dother);
    io.dx = io.dxs[0];
    io.y = plan->flags & CNN_USES_OUTPUT ? p->y : NULL;
    io.dweights = plan->parts ? NULL : pointers(p, "io->dweights", p->dw);
    if (p->dx && p->dx != p->dy)
        kit_prefill(p->dx, p->layout->prefill);
    for (size_t i = 0; i < p->layer->inputs; i++)
        if (i != p->layer->slot)
            kit_prefill(p->dother[i], p->layout->prefill);
    kit_prefill(p->scratch, p->layout->prefill);
    call(p, &io, false);
    if (p->dx)
        kit_check_written(p->layout, p->dx, p->samples * p->in, "dx");
    for (size_t i = 0; i < p->layer->inputs; i++)
        if (i != p->layer->slot)
            kit_check_written(p->layout, p->dother[i], p->samples * p->in, "dxs");
    kit_arena_reset(mark);
}

void kit_weight_part(kit_pass *p, uint64_t part)
{
    const uint32_t mark = kit_arena_mark();
    const cnn_layer_plan *plan = &p->layer->plan;
    cnn_layer_batch known = {.samples = p->samples,
                             .part = part,
                             .parts = plan->parts,
                             .dy = p->dy,
                             .scratch = p->scratch};
    known.weights = (const float *const *)pointers(p, "io->weights", p->w);
    known.x = plan->flags & CNN_USES_INPUT ? p->x : NULL;
    known.dweights = pointers(p, "io->dweights", p->dw);
    const cnn_layer_batch *io = arguments(p->layout, "io", &known, sizeof known);
    kit_prefill(p->scratch, p->layout->prefill);
    guard_inputs(p, true);
    if (p->layout->readonly)
        kit_protect(p->dy, true);
    kit_enter("weight_gradient", KIT_TRAIN);
    p->layer->file->layer.weight_gradient(p->layer->self, io);
    kit_leave();
    if (p->layout->readonly)
        kit_protect(p->dy, false);
    guard_inputs(p, false);
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
    if (!plan->statistics)
        return;
    if (!p->layer->file->layer.update)
        kit_fail("plan sets statistics to %llu, but update is NULL",
                 (unsigned long long)plan->statistics);
    float *moving[CNN_MAX_WEIGHTS] = {NULL};
    for (uint64_t i = 0; i < plan->weight_count; i++)
        moving[i] = plan->weights[i].role == CNN_ROLE_MOVING ? p->w[i] : NULL;
    const cnn_layer_update known = {.samples = p->samples,
                                    .shards = 1,
                                    .statistics = p->statistics,
                                    .moving = pointers(p, "io->moving", moving)};
    const cnn_layer_update *io = arguments(p->layout, "io", &known, sizeof known);
    kit_enter("update", KIT_TRAIN);
    p->layer->file->layer.update(p->layer->self, io);
    kit_leave();
    kit_check_canaries();
    kit_arena_reset(mark);
}

void kit_pass_whole(kit_pass *p)
{
    kit_forward(p, true);
    kit_backward(p);
    kit_weight_gradients(p);
}

static void run(kit_instance *layer, const kit_layout *layout, kit_bytes *out)
{
    static const uint64_t shards[] = {2, 1, 16, 3};
    const cnn_shape *in = &layer->input;
    for (size_t k = 0; k < sizeof shards / sizeof shards[0]; k++) {
        const uint32_t mark = kit_arena_mark();
        kit_where("input [%llu, %llu, %llu] of rank %llu, %llu samples",
                  (unsigned long long)in->dim[0], (unsigned long long)in->dim[1],
                  (unsigned long long)in->dim[2], (unsigned long long)in->rank,
                  (unsigned long long)shards[k]);
        kit_pass p = kit_pass_new(layer, layout, shards[k]);
        kit_pass_whole(&p);
        kit_bytes_add(out, p.y, p.samples * p.out * sizeof(float));
        kit_bytes_add(out, p.dx, p.samples * p.in * sizeof(float));
        kit_update(&p);
        for (uint64_t i = 0; i < layer->plan.weight_count; i++)
            kit_bytes_add(out, p.dw[i] ? p.dw[i] : p.w[i], p.size[i] * sizeof(float));
        kit_forward(&p, false);
        kit_bytes_add(out, p.y, p.samples * p.out * sizeof(float));
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_layer = {VARIANTS, ready, run};
