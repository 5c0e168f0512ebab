/* buffers.c - the engine's memory: all that the plan asks for, allocated once. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/private.h"

static bool allocate_batches(cnn_engine *engine, const cnn_storage *storages, size_t count,
                             float **batch)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t floats;
        if (!storages[i].in_batch)
            continue;
        if (!cnn_mul(storages[i].size, engine->plan->batch_size, &floats))
            return false;
        batch[i] = cnn_tensor_alloc(floats, sizeof(float));
        if (!batch[i])
            return false;
    }
    return true;
}

static bool allocate_workers(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    const uint64_t floats = plan->arena_floats, classes = engine->network->classes;
    engine->workers = cnn_alloc(engine->threads, sizeof *engine->workers);
    for (size_t i = 0; floats > 0 && i < engine->threads; i++) {
        cnn_worker *worker = &engine->workers[i];
        worker->arena = cnn_tensor_alloc(floats, sizeof(float));
        worker->saved = cnn_tensor_alloc(plan->saved_bytes, 1);
        worker->scratch = cnn_tensor_alloc(plan->scratch_bytes, 1);
        worker->numbers = cnn_tensor_alloc(5 * classes, sizeof(double));
        worker->seconds = cnn_alloc(cnn_slot_of_rest(engine, CNN_REST), sizeof *worker->seconds);
        const bool confuses = classes <= CNN_MAX_CONFUSION;
        worker->confusion = confuses ? cnn_tensor_alloc(classes * classes, sizeof(uint64_t)) : NULL;
        if (!worker->arena || !worker->saved || !worker->scratch || !worker->numbers ||
            (confuses && !worker->confusion))
            return false;
    }
    return floats > 0;
}

static bool allocate_prepared(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    engine->prepared = cnn_alloc(network->node_count, sizeof *engine->prepared);
    for (size_t n = 0; n < network->node_count; n++) {
        const uint64_t bytes = network->nodes[n].plan.prepared_bytes;
        engine->prepared[n] = bytes ? cnn_tensor_alloc(bytes, 1) : NULL;
        if (bytes && !engine->prepared[n])
            return false;
    }
    return true;
}

static bool allocate_state(cnn_engine *engine)
{
    const uint64_t floats = engine->network->weight_floats;
    for (size_t s = 0; s < engine->plan->slot_count; s++) {
        engine->state[s] = cnn_tensor_alloc(floats, sizeof(float));
        if (!engine->state[s])
            return false;
        for (uint64_t i = 0; i < floats; i++)
            engine->state[s][i] = engine->plan->slots[s].initial;
    }
    return true;
}

static bool allocate_training(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    const cnn_plan *plan = engine->plan;
    engine->gradient = cnn_tensor_alloc(network->weight_floats, sizeof(float));
    engine->groups = cnn_tensor_alloc(network->first_phase * plan->group_count, sizeof(float));
    engine->statistics =
        cnn_tensor_alloc(plan->statistics_size * plan->batch_shards, sizeof(double));
    engine->output_batch = cnn_alloc(plan->output_count, sizeof(float *));
    engine->gradient_batch = cnn_alloc(plan->gradient_count, sizeof(float *));
    return engine->gradient && engine->groups && engine->statistics &&
           allocate_batches(engine, plan->outputs, plan->output_count, engine->output_batch) &&
           allocate_batches(engine, plan->gradients, plan->gradient_count,
                            engine->gradient_batch) &&
           allocate_state(engine);
}

bool cnn_engine_allocate(cnn_engine *engine, cnn_report *report)
{
    const cnn_network *network = engine->network;
    const cnn_plan *plan = engine->plan;
    const uint64_t shards =
        plan->batch_shards > CNN_EVALUATE_SHARDS ? plan->batch_shards : CNN_EVALUATE_SHARDS;
    engine->shards = cnn_alloc(shards, sizeof *engine->shards);
    engine->weights = cnn_alloc(network->node_count * CNN_MAX_WEIGHTS, sizeof *engine->weights);
    for (size_t n = 0; n < network->node_count; n++)
        for (uint64_t w = 0; w < network->nodes[n].plan.weight_count; w++)
            engine->weights[n * CNN_MAX_WEIGHTS + w] =
                cnn_network_tensor(network, &network->tensors[network->nodes[n].first_tensor + w]);
    if (allocate_workers(engine) && allocate_prepared(engine) &&
        (!plan->training || allocate_training(engine)))
        return true;
    return cnn_report_add(
        report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
        "out of memory: batches of %llu images on %zu threads with %llu parameters "
        "need more than there is; try a smaller batch_size, or fewer filters and units",
        (unsigned long long)plan->batch_size, engine->threads,
        (unsigned long long)network->parameters);
}

void cnn_engine_release(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    for (size_t i = 0; engine->workers && i < engine->threads; i++) {
        free(engine->workers[i].arena);
        free(engine->workers[i].saved);
        free(engine->workers[i].scratch);
        free(engine->workers[i].numbers);
        free(engine->workers[i].seconds);
        free(engine->workers[i].confusion);
    }
    for (size_t n = 0; engine->prepared && n < engine->network->node_count; n++)
        free(engine->prepared[n]);
    for (size_t i = 0; engine->output_batch && i < plan->output_count; i++)
        free(engine->output_batch[i]);
    for (size_t i = 0; engine->gradient_batch && i < plan->gradient_count; i++)
        free(engine->gradient_batch[i]);
    for (size_t s = 0; s < CNN_MAX_SLOTS; s++)
        free(engine->state[s]);
    void *const blocks[] = {engine->workers,    engine->output_batch, engine->gradient_batch,
                            engine->statistics, engine->gradient,     engine->groups,
                            engine->shards,     engine->weights,      engine->prepared};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}
