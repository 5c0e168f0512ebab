/* buffers.c - the memory plan: every buffer of training and evaluation, allocated once. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/private.h"

#define ALIGN 64u

static size_t align_up(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t saved_bytes(const cnn_engine *engine, size_t n)
{
    const uint64_t piece = n < engine->pieced ? engine->piece : CNN_SHARD;
    return align_up(engine->network->nodes[n].plan.saved_bytes * piece) * (CNN_SHARD / piece);
}

/* The nodes before the first one that wants many samples at once (a second phase, statistics over
 * the shard) take a shard in pieces, so that what one of them writes is still in the cache when the
 * next one reads it. Pieces are as small as keeps each of them 64-byte aligned. */
static void plan_pieces(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    while (engine->pieced < network->node_count && network->nodes[engine->pieced].plan.parts == 0 &&
           network->nodes[engine->pieced].plan.statistics == 0 &&
           !(network->nodes[engine->pieced].plan.flags & CNN_COUPLED))
        engine->pieced++;
    engine->piece = CNN_PIECE;
    for (size_t t = 0; t <= engine->pieced; t++)
        while (engine->piece * cnn_network_size(network, t) % (ALIGN / sizeof(float)) != 0)
            engine->piece *= 2;
}

/* Tensors that share memory get one storage; those that a second phase reads hold the batch. */
static void plan_storages(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    const size_t count = network->node_count;
    engine->outputs = cnn_alloc(count + 1, sizeof *engine->outputs);
    engine->gradients = cnn_alloc(count + 1, sizeof *engine->gradients);
    engine->output_of = cnn_alloc(count + 1, sizeof *engine->output_of);
    engine->gradient_of = cnn_alloc(count + 1, sizeof *engine->gradient_of);
    for (size_t t = 0; t <= count; t++) {
        if (t == 0 || !network->nodes[t - 1].in_place)
            engine->outputs[engine->output_count++].size = cnn_network_size(network, t);
        engine->output_of[t] = engine->output_count - 1;
        cnn_storage *storage = &engine->outputs[engine->output_of[t]];
        storage->whole |= t >= engine->pieced;
        storage->kept |= (t > 0 && network->nodes[t - 1].plan.flags & CNN_USES_OUTPUT) ||
                         (t < count && network->nodes[t].plan.flags & CNN_USES_INPUT);
    }
    for (size_t t = count + 1; t-- > 0;) {
        if (t == count || !network->nodes[t].in_place_gradient)
            engine->gradients[engine->gradient_count++].size = cnn_network_size(network, t);
        engine->gradient_of[t] = engine->gradient_count - 1;
        engine->gradients[engine->gradient_of[t]].whole |= t >= engine->pieced;
    }
}

static bool allocate_batch(cnn_storage *storage, uint64_t samples)
{
    uint64_t floats;
    if (storage->batch)
        return true;
    if (!cnn_mul(storage->size, samples, &floats))
        return false;
    storage->batch = cnn_tensor_alloc(floats, sizeof(float));
    return storage->batch != NULL;
}

static bool allocate_batches(cnn_engine *engine)
{
    for (size_t n = 0; n < engine->network->node_count; n++) {
        const cnn_node *node = &engine->network->nodes[n];
        if (node->plan.parts == 0)
            continue;
        if (node->plan.flags & CNN_USES_INPUT &&
            !allocate_batch(&engine->outputs[engine->output_of[n]], engine->batch_size))
            return false;
        if (!allocate_batch(&engine->gradients[engine->gradient_of[n + 1]], engine->batch_size))
            return false;
    }
    return true;
}

/* Offsets in a worker's arena; returns its length in floats, 0 on overflow. */
static uint64_t plan_arena(cnn_engine *engine)
{
    uint64_t end = 0, widest[2] = {0};
    for (size_t i = 0; i < engine->output_count; i++) {
        cnn_storage *storage = &engine->outputs[i];
        const bool shard = storage->whole || (engine->training && storage->kept);
        storage->offset = end;
        if (!cnn_add(end, storage->size * (shard ? CNN_SHARD : engine->piece), &end) ||
            end > UINT64_C(1) << 40)
            return 0;
    }
    for (size_t i = 0; i < engine->gradient_count; i++) {
        const cnn_storage *storage = &engine->gradients[i];
        const uint64_t floats = storage->size * (storage->whole ? CNN_SHARD : engine->piece);
        if (floats > widest[storage->whole])
            widest[storage->whole] = floats;
    }
    for (int b = 0; b < 4 && engine->training; b++) {
        engine->gradient_buffer[b / 2][b % 2] = end;
        end += widest[b / 2];
    }
    return end;
}

static bool allocate_workers(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    const uint64_t floats = plan_arena(engine), classes = network->classes;
    size_t saved = 0, scratch = 0;
    engine->saved_at = cnn_alloc(network->node_count, sizeof *engine->saved_at);
    for (size_t n = 0; n < network->node_count; n++) {
        engine->saved_at[n] = saved;
        if (engine->training)
            saved += saved_bytes(engine, n);
        if (network->nodes[n].plan.scratch_bytes > scratch)
            scratch = network->nodes[n].plan.scratch_bytes;
    }
    engine->workers = cnn_alloc(engine->threads, sizeof *engine->workers);
    for (size_t i = 0; floats > 0 && i < engine->threads; i++) {
        cnn_worker *worker = &engine->workers[i];
        worker->arena = cnn_tensor_alloc(floats, sizeof(float));
        worker->saved = cnn_tensor_alloc(saved, 1);
        worker->scratch = cnn_tensor_alloc(scratch, 1);
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

static void plan_parts(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    for (size_t n = 0; n < network->node_count; n++)
        engine->part_count += network->nodes[n].plan.parts;
    engine->parts = cnn_alloc(engine->part_count, sizeof *engine->parts);
    size_t at = 0;
    for (size_t n = 0; n < network->node_count; n++)
        for (uint64_t part = 0; part < network->nodes[n].plan.parts; part++)
            engine->parts[at++] = (cnn_part){n, part};
}

static void plan_streams(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    engine->streams = cnn_alloc(network->node_count, sizeof *engine->streams);
    engine->statistics_at = cnn_alloc(network->node_count, sizeof *engine->statistics_at);
    for (size_t n = 0; n < network->node_count; n++) {
        engine->streams[n] = cnn_data_stream((uint64_t)engine->pipeline->seed, "layer",
                                             network->nodes[n].spec->name);
        engine->statistics_at[n] = engine->statistics_size;
        engine->statistics_size += network->nodes[n].plan.statistics;
    }
}

static bool allocate_state(cnn_engine *engine)
{
    const uint64_t floats = engine->network->weight_floats;
    for (size_t s = 0; s < engine->slot_count; s++) {
        engine->state[s] = cnn_tensor_alloc(floats, sizeof(float));
        if (!engine->state[s])
            return false;
        for (uint64_t i = 0; i < floats; i++)
            engine->state[s][i] = engine->slots[s].initial;
    }
    return true;
}

static bool allocate_training(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    engine->lowest = network->node_count;
    for (size_t i = network->node_count; i-- > 0;) {
        const cnn_node *node = &network->nodes[i];
        for (uint64_t w = 0; w < node->plan.weight_count; w++)
            if (node->plan.weights[w].role != CNN_ROLE_MOVING)
                engine->lowest = i;
    }
    engine->group_count = engine->batch_shards < CNN_GROUPS ? engine->batch_shards : CNN_GROUPS;
    engine->reduce_blocks = (network->first_phase + CNN_REDUCE_BLOCK - 1) / CNN_REDUCE_BLOCK;
    engine->update_blocks = (network->weight_floats + CNN_UPDATE_BLOCK - 1) / CNN_UPDATE_BLOCK;
    plan_parts(engine);
    plan_streams(engine);
    engine->gradient = cnn_tensor_alloc(network->weight_floats, sizeof(float));
    engine->groups = cnn_tensor_alloc(network->first_phase * engine->group_count, sizeof(float));
    engine->statistics =
        cnn_tensor_alloc(engine->statistics_size * engine->batch_shards, sizeof(double));
    return engine->gradient && engine->groups && engine->statistics && allocate_batches(engine) &&
           allocate_state(engine);
}

bool cnn_engine_allocate(cnn_engine *engine, cnn_report *report)
{
    const cnn_network *network = engine->network;
    const uint64_t shards =
        engine->batch_shards > CNN_EVALUATE_SHARDS ? engine->batch_shards : CNN_EVALUATE_SHARDS;
    engine->shards = cnn_alloc(shards, sizeof *engine->shards);
    engine->weights = cnn_alloc(network->node_count * CNN_MAX_WEIGHTS, sizeof *engine->weights);
    for (size_t n = 0; n < network->node_count; n++)
        for (uint64_t w = 0; w < network->nodes[n].plan.weight_count; w++)
            engine->weights[n * CNN_MAX_WEIGHTS + w] =
                cnn_network_tensor(network, &network->tensors[network->nodes[n].first_tensor + w]);
    plan_pieces(engine);
    plan_storages(engine);
    if (allocate_workers(engine) && allocate_prepared(engine) &&
        (!engine->training || allocate_training(engine)))
        return true;
    return cnn_report_add(
        report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
        "out of memory: batches of %llu images on %zu threads with %llu parameters "
        "need more than there is; try a smaller batch_size, or fewer filters and units",
        (unsigned long long)engine->batch_size, engine->threads,
        (unsigned long long)network->parameters);
}

void cnn_engine_release(cnn_engine *engine)
{
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
    for (size_t i = 0; i < engine->output_count; i++)
        free(engine->outputs[i].batch);
    for (size_t i = 0; i < engine->gradient_count; i++)
        free(engine->gradients[i].batch);
    for (size_t s = 0; s < engine->slot_count; s++)
        free(engine->state[s]);
    void *const blocks[] = {engine->workers,    engine->outputs,     engine->gradients,
                            engine->output_of,  engine->gradient_of, engine->saved_at,
                            engine->parts,      engine->streams,     engine->statistics_at,
                            engine->statistics, engine->gradient,    engine->groups,
                            engine->shards,     engine->weights,     engine->prepared};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}
