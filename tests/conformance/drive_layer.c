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

/* Whether the layer takes one more. */
static bool takes(kit_instance *layer, const cnn_operator *next)
{
    int taken = 0;
    kit_enter("absorb", KIT_SETUP);
    if (layer->file->layer.absorb)
        taken = layer->file->layer.absorb(layer->self, next);
    kit_leave();
    if (taken != 0 && taken != 1)
        kit_fail("absorb returned %d; it must return 1, or 0 to decline", taken);
    return taken == 1;
}

/* absorbs stays set if the layer takes all of them; then it is offered what it must decline, which
 * must not change what it took. */
static void offer(kit_instance *layer)
{
    const cnn_operator *next = layer->absorbs,
                       unknown = {.struct_size = sizeof unknown, .id = UINT32_MAX};
    while (next && next->id != CNN_OPERATOR_NONE)
        if (takes(layer, next))
            next++;
        else
            next = layer->absorbs = NULL;
    if (layer->absorbs && takes(layer, &unknown))
        kit_fail("absorb takes a layer of an operator that layer.h does not know");
}

/* Whether plan, which returned `result`, took the shape and the inputs; what it may not do ends the
 * check. */
static bool judge(const kit_instance *layer, int result, cnn_error *error)
{
    const cnn_layer_plan *plan = &layer->plan;
    if (result != 0 && result != -1 && result != CNN_NO_MEMORY)
        kit_fail("plan returned %d; it must return 0, -1 by cnn_fail(), or CNN_NO_MEMORY", result);
    const uint64_t taken = layer->plan.inputs_taken ? layer->plan.inputs_taken : 1;
    if (result == 0 && taken != layer->inputs)
        return cnn_fail(error, "it takes %llu inputs, and got %zu", (unsigned long long)taken,
                        layer->inputs) == 0;
    if (result == 0 && layer->inputs > 1 && plan->parts > 0)
        kit_fail("plan sets parts, and the layer takes %zu inputs; there is no second phase then",
                 layer->inputs);
    if (result == 0 &&
        (plan->piece_samples > 16 || plan->piece_samples & (plan->piece_samples - 1)))
        kit_fail("plan sets piece_samples to %llu; it must be 0, 1, 2, 4, 8 or 16",
                 (unsigned long long)plan->piece_samples);
    if (result == 0 && plan->weight_count > CNN_MAX_WEIGHTS)
        kit_fail("plan wants %llu weights; at most %u are allowed",
                 (unsigned long long)plan->weight_count, CNN_MAX_WEIGHTS);
    if (result == 0 && (plan->output.rank == 0 || plan->output.rank > CNN_MAX_RANK))
        kit_fail("plan gives an output of rank %llu; it must be from 1 to %u",
                 (unsigned long long)plan->output.rank, CNN_MAX_RANK);
    return result == 0;
}

/* What layers are told of the caches, by kit_layout.caches. */
static const uint64_t caches[][3] = {
    {32768, 1048576, 16777216}, {1024, 4096, 0}, {1u << 24, 1u << 28, UINT64_C(1) << 32}};

static bool ready(kit_instance *layer, const kit_layout *layout, cnn_error *error)
{
    cnn_shape *input = kit_buffer(layout, "input", 1, sizeof *input, 8);
    const struct arrangement *arranged = &arrangements[layer->variant / kit_input_shape_count];
    cnn_shape *inputs = kit_buffer(layout, "plan->inputs", CNN_MAX_INPUTS, sizeof *input, 8);
    const size_t size = sizeof layer->plan + layout->extra;
    cnn_layer_plan *plan = kit_buffer(layout, "plan", size, 1, 8);
    if (layer->input.rank == 0)
        layer->input = kit_input_shapes[layer->variant % kit_input_shape_count];
    layer->inputs = arranged->inputs;
    layer->slot = arranged->slot;
    *input = layer->input;
    for (size_t i = 0; i < layer->inputs; i++)
        inputs[i] = layer->input;
    offer(layer);
    plan->struct_size = size;
    plan->input_count = layer->inputs;
    plan->inputs = inputs;
    plan->trained = 1;
    plan->shard_samples = 16;
    plan->training = !layout->evaluates;
    memcpy(plan->cache_bytes, caches[layout->caches], sizeof plan->cache_bytes);
    kit_enter("plan", KIT_SETUP);
    const int result = layer->file->layer.plan(layer->self, input, plan, error);
    kit_leave();
    kit_check_canaries();
    layer->plan = *plan;
    return judge(layer, result, error);
}

static void run(kit_instance *layer, const kit_layout *layout, kit_bytes *out)
{
    static const uint64_t shards[] = {2, 1, 16, 3};
    const cnn_shape *in = &layer->input;
    kit_bytes_add(out, &layer->plan.output, sizeof layer->plan.output);
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
        kit_settle(&p);
        for (uint64_t i = 0; i < layer->plan.weight_count && layer->plan.surveys; i++)
            kit_bytes_add(out, p.w[i], p.size[i] * sizeof(float));
        kit_arena_reset(mark);
    }
    kit_where("%s", "");
}

const kit_driver kit_drive_layer = {VARIANTS, ready, run};
