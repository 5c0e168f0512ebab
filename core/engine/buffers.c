/* buffers.c - the engine's memory: all that the plan asks for, allocated once. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/private.h"

/* The engine frees the block. */
static void *own(cnn_engine *engine, void *block)
{
    engine->blocks = cnn_realloc(engine->blocks, engine->block_count + 1, sizeof *engine->blocks);
    return engine->blocks[engine->block_count++] = block;
}

/* NULL, which the engine notes, if this or an earlier one could not be had. */
static void *tensor(cnn_engine *engine, uint64_t count, size_t size)
{
    void *block = engine->short_of_memory ? NULL : cnn_tensor_alloc(count, size);
    engine->short_of_memory |= !block;
    return own(engine, block);
}

static void allocate_workers(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    const uint64_t classes = engine->network->classes, outputs = engine->network->outputs;
    engine->workers = own(engine, cnn_alloc(engine->threads, sizeof *engine->workers));
    for (size_t i = 0; i < engine->threads; i++) {
        cnn_worker *worker = &engine->workers[i];
        worker->arena = tensor(engine, cnn_plan_arena(plan), sizeof(float));
        worker->scratch = tensor(engine, plan->scratch_bytes, 1);
        worker->numbers = tensor(engine, 5 * outputs, sizeof(double));
        worker->seconds = tensor(engine, cnn_slot_of_rest(engine, CNN_REST), sizeof(double));
        if (classes == 0)
            worker->targets = tensor(engine, CNN_SHARD * outputs, sizeof(float));
        else if (classes <= CNN_MAX_CONFUSION)
            worker->confusion = tensor(engine, classes * classes, sizeof(uint64_t));
    }
}

static void allocate_nodes(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    const size_t count = network->node_count;
    engine->weights = own(engine, cnn_alloc(count * CNN_MAX_WEIGHTS, sizeof *engine->weights));
    engine->prepared = own(engine, cnn_alloc(count, sizeof *engine->prepared));
    for (size_t n = 0; n < count; n++) {
        const cnn_node *node = &network->nodes[n];
        for (uint64_t w = 0; w < node->plan.weight_count; w++)
            engine->weights[n * CNN_MAX_WEIGHTS + w] =
                cnn_network_tensor(network, &network->tensors[node->first_tensor + w]);
        if (node->plan.prepared_bytes > 0)
            engine->prepared[n] = tensor(engine, node->plan.prepared_bytes, 1);
    }
}

static void allocate_training(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    const cnn_plan *plan = engine->plan;
    const uint64_t floats = network->weight_floats;
    engine->gradient = tensor(engine, floats, sizeof(float));
    engine->groups = tensor(engine, network->first_phase * plan->group_count, sizeof(float));
    engine->measured = tensor(engine, plan->measured_size * plan->batch_shards, sizeof(double));
    engine->totals = tensor(engine, plan->totals_size, sizeof(double));
    engine->batch_arena = tensor(engine, plan->layouts[1].batch_floats, sizeof(float));
    engine->norms = own(engine, cnn_alloc(plan->update.range_count, sizeof *engine->norms));
    engine->shaped = plan->update.shapes ? tensor(engine, floats, sizeof(float)) : engine->gradient;
    if (engine->pipeline->optimizer.options.ema > 0)
        engine->average = tensor(engine, floats, sizeof(float));
    if (engine->average)
        memcpy(engine->average, network->weights, floats * sizeof(float));
    if (plan->update.plan.form == CNN_FORM_TWO_PASSES)
        engine->update = tensor(engine, floats, sizeof(float));
    for (size_t s = 0; s < plan->update.slot_count; s++) {
        engine->state[s] = tensor(engine, floats, sizeof(float));
        for (uint64_t i = 0; engine->state[s] && i < floats; i++)
            engine->state[s][i] = plan->update.slots[s].initial;
    }
}

bool cnn_engine_allocate(cnn_engine *engine, cnn_report *report)
{
    const cnn_plan *plan = engine->plan;
    const uint64_t sums = engine->network->measures.sums;
    engine->short_of_memory =
        cnn_plan_arena(plan) > CNN_MAX_ARENA || plan->layouts[1].batch_floats > CNN_MAX_ARENA;
    engine->sums = tensor(engine, CNN_GROUPS * sums, sizeof(double));
    engine->evaluated = tensor(engine, sums, sizeof(double));
    allocate_workers(engine);
    allocate_nodes(engine);
    if (plan->training)
        allocate_training(engine);
    if (!engine->short_of_memory)
        return true;
    return cnn_report_add(
        report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
        "out of memory: batches of %llu images on %zu threads with %llu parameters "
        "need more than there is; try a smaller batch_size, or fewer filters and units",
        (unsigned long long)plan->batch_size, engine->threads,
        (unsigned long long)(engine->network->parameters + engine->network->moving_parameters));
}

void cnn_engine_release(cnn_engine *engine)
{
    for (size_t i = 0; i < engine->block_count; i++)
        free(engine->blocks[i]);
    free(engine->blocks);
}
