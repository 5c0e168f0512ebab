/* plan.c - the engine's plan: pieces, storages of tensors, buffers by lifetime, parts of second
 * phases. */
#include "engine/plan.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/engine.h"
#include "plugin/crash.h"

#define ALIGN 64u

static size_t align_up(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static bool ask_slots(cnn_plan *plan, const cnn_instance *optimizer, cnn_report *report)
{
    const cnn_optimizer *plugin = &optimizer->file->optimizer;
    uint64_t count = 0;
    if (plugin->slots)
        CNN_CRASH_GUARD(optimizer->file, "slots",
                        count = plugin->slots(optimizer->self, plan->slots));
    const char *what = count > CNN_MAX_SLOTS ? "slots() gave too many" : NULL;
    for (uint64_t i = 0; !what && i < count; i++)
        if (!plan->slots[i].name || !cnn_is_identifier(plan->slots[i].name))
            what = "a slot has no proper name";
    if (what)
        return cnn_report_add(report, CNN_EXIT_PLUGIN, optimizer->mark,
                              "optimizer '%s' (%s) breaks its contract: %s", plugin->name,
                              optimizer->file->path, what);
    plan->slot_count = count;
    return true;
}

static void widen_piece(cnn_plan *plan, size_t id)
{
    while (plan->piece * cnn_network_size(plan->network, id) % (ALIGN / sizeof(float)) != 0)
        plan->piece *= 2;
}

/* The nodes before the first one that wants many samples at once (a second phase, statistics over
 * the shard) take a shard in pieces, so that what one of them writes is still in the cache when the
 * next one reads it. Pieces are as small as keeps each of them 64-byte aligned. */
static void plan_pieces(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    while (plan->pieced < network->node_count && network->nodes[plan->pieced].plan.parts == 0 &&
           network->nodes[plan->pieced].plan.statistics == 0 &&
           !(network->nodes[plan->pieced].plan.flags & CNN_COUPLED))
        plan->pieced++;
    plan->piece = CNN_PIECE;
    widen_piece(plan, network->input);
    for (size_t n = 0; n < plan->pieced; n++)
        widen_piece(plan, network->nodes[n].output);
}

/* ---- storages ------------------------------------------------------------------------------- */

static size_t add_storage(cnn_storage *storages, size_t *count, uint64_t size)
{
    storages[*count].size = size;
    return (*count)++;
}

/* Does a node that takes whole shards write or read the tensor? The loss reads the network's
 * output. */
static bool is_whole(const cnn_plan *plan, size_t id)
{
    const cnn_network *network = plan->network;
    const cnn_value *value = &network->values[id];
    return id == network->output ||
           (value->producer != CNN_NO_NODE && value->producer >= plan->pieced) ||
           (value->consumers > 0 && value->last_consumer >= plan->pieced);
}

/* Tensors that share memory get one storage; those that a second phase reads hold the batch. */
static void plan_outputs(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    plan->outputs = cnn_alloc(network->value_count, sizeof *plan->outputs);
    plan->output_of = cnn_alloc(network->value_count, sizeof *plan->output_of);
    for (size_t id = 0; id < network->value_count; id++) {
        const size_t producer = network->values[id].producer;
        const cnn_node *node = producer == CNN_NO_NODE ? NULL : &network->nodes[producer];
        plan->output_of[id] =
            node && node->in_place
                ? plan->output_of[node->input[0]]
                : add_storage(plan->outputs, &plan->output_count, cnn_network_size(network, id));
        cnn_storage *storage = &plan->outputs[plan->output_of[id]];
        storage->whole |= is_whole(plan, id);
        storage->kept |= network->values[id].read_back;
    }
    for (size_t n = 0; plan->training && n < network->node_count; n++)
        if (network->nodes[n].plan.parts > 0 && network->nodes[n].plan.flags & CNN_USES_INPUT)
            for (size_t i = 0; i < network->nodes[n].input_count; i++)
                plan->outputs[plan->output_of[network->nodes[n].input[i]]].in_batch = true;
}

static bool has_trained(const cnn_node *node)
{
    for (uint64_t w = 0; node->plan.trained && w < node->plan.weight_count; w++)
        if (node->plan.weights[w].role != CNN_ROLE_MOVING)
            return true;
    return false;
}

bool cnn_plan_wants(const cnn_plan *plan, const cnn_node *node, size_t i)
{
    const size_t producer = plan->network->values[node->input[i]].producer;
    return producer != CNN_NO_NODE && plan->nodes[producer].backward;
}

bool cnn_plan_adds(const cnn_plan *plan, size_t n, size_t i)
{
    const cnn_node *node = &plan->network->nodes[n];
    for (size_t before = 0; before < i; before++)
        if (node->input[before] == node->input[i])
            return true;
    return n < plan->network->values[node->input[i]].last_consumer;
}

/* Backward reaches the nodes whose weights are trained, and those on the way from there to the
 * loss. */
static void plan_backward(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    plan->lowest = network->node_count;
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        for (size_t i = 0; i < node->input_count; i++)
            plan->nodes[n].dx |= cnn_plan_wants(plan, node, i);
        plan->nodes[n].backward = plan->nodes[n].dx || has_trained(node);
        if (plan->nodes[n].backward && plan->lowest == network->node_count)
            plan->lowest = n;
    }
}

/* The storage of a gradient that a node's backward, the first one to run, writes. */
static size_t input_gradient(cnn_plan *plan, const cnn_node *node, size_t id)
{
    const size_t producer = plan->network->values[id].producer;
    if (producer == CNN_NO_NODE ||
        (!plan->nodes[producer].backward && plan->network->nodes[producer].plan.parts == 0))
        return CNN_NOT_KEPT;
    if (node->in_place_gradient)
        return plan->gradient_of[node->output];
    return add_storage(plan->gradients, &plan->gradient_count, cnn_network_size(plan->network, id));
}

/* Storages of gradients, in the order in which backward writes them: the loss at step 0, then node
 * n at step node_count - n. A gradient lives until the backward of its tensor's producer has read
 * it. */
static void plan_gradients(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    plan->gradients = cnn_alloc(network->value_count, sizeof *plan->gradients);
    plan->gradient_of = cnn_alloc(network->value_count, sizeof *plan->gradient_of);
    for (size_t id = 0; id < network->value_count; id++)
        plan->gradient_of[id] = CNN_NOT_KEPT;
    plan->gradient_of[network->output] = add_storage(plan->gradients, &plan->gradient_count,
                                                     cnn_network_size(network, network->output));
    for (size_t n = network->node_count; n-- > 0;) {
        const cnn_node *node = &network->nodes[n];
        const size_t own = plan->gradient_of[node->output], step = network->node_count - n;
        if (own != CNN_NOT_KEPT) {
            plan->gradients[own].until = step;
            plan->gradients[own].whole |= is_whole(plan, node->output);
            plan->gradients[own].in_batch |= node->plan.parts > 0;
        }
        for (size_t i = 0; i < node->input_count; i++) {
            const size_t id = node->input[i];
            if (plan->gradient_of[id] != CNN_NOT_KEPT)
                continue;
            const size_t count = plan->gradient_count;
            plan->gradient_of[id] = input_gradient(plan, node, id);
            if (plan->gradient_count > count)
                plan->gradients[plan->gradient_of[id]].from = step;
        }
    }
}

/* ---- a worker's memory ---------------------------------------------------------------------- */

typedef struct buffer {
    uint64_t floats;
    size_t offset, until;
    bool whole;
} buffer;

/* Gradients that do not live at the same time share a buffer; in a chain, two of each kind are
 * enough. Returns the arena's new end. */
static uint64_t plan_gradient_buffers(cnn_plan *plan, uint64_t end)
{
    buffer *buffers = cnn_alloc(plan->gradient_count, sizeof *buffers);
    size_t *buffer_of = cnn_alloc(plan->gradient_count, sizeof *buffer_of), count = 0;
    for (size_t i = 0; i < plan->gradient_count; i++) {
        const cnn_storage *storage = &plan->gradients[i];
        const uint64_t floats = storage->size * (storage->whole ? CNN_SHARD : plan->piece);
        if (storage->in_batch)
            continue;
        size_t b = 0;
        while (b < count &&
               (buffers[b].whole != storage->whole || buffers[b].until >= storage->from))
            b++;
        count += b == count;
        buffer_of[i] = b;
        buffers[b].whole = storage->whole;
        buffers[b].until = storage->until;
        if (floats > buffers[b].floats)
            buffers[b].floats = floats;
    }
    for (size_t b = 0; b < count; b++) {
        buffers[b].offset = end;
        end += buffers[b].floats;
    }
    for (size_t i = 0; i < plan->gradient_count; i++)
        plan->gradients[i].offset = count > 0 ? buffers[buffer_of[i]].offset : 0;
    free(buffers);
    free(buffer_of);
    return end;
}

/* Room for the gradients of one node that are to be added to others. Returns the arena's new end.
 */
static uint64_t plan_spare(cnn_plan *plan, uint64_t end)
{
    const cnn_network *network = plan->network;
    uint64_t most = 0;
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        uint64_t floats = 0;
        for (size_t i = 0; i < node->input_count; i++)
            if (cnn_plan_wants(plan, node, i) && cnn_plan_adds(plan, n, i))
                floats += cnn_network_size(network, node->input[i]) *
                          (n < plan->pieced ? plan->piece : CNN_SHARD);
        most = floats > most ? floats : most;
    }
    plan->spare_at = end;
    return end + most;
}

/* Offsets in a worker's arena; returns its length in floats, 0 on overflow. */
static uint64_t plan_arena(cnn_plan *plan)
{
    uint64_t end = 0;
    for (size_t i = 0; i < plan->output_count; i++) {
        cnn_storage *storage = &plan->outputs[i];
        const bool shard = storage->whole || (plan->training && storage->kept);
        storage->offset = end;
        if (!cnn_add(end, storage->size * (shard ? CNN_SHARD : plan->piece), &end) ||
            end > UINT64_C(1) << 40)
            return 0;
    }
    return plan->training ? plan_spare(plan, plan_gradient_buffers(plan, end)) : end;
}

static void plan_worker(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    plan->arena_floats = plan_arena(plan);
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_layer_plan *layer = &network->nodes[n].plan;
        const uint64_t piece = n < plan->pieced ? plan->piece : CNN_SHARD;
        plan->nodes[n].saved_at = plan->saved_bytes;
        if (plan->training)
            plan->saved_bytes += align_up(layer->saved_bytes * piece) * (CNN_SHARD / piece);
        if (layer->scratch_bytes > plan->scratch_bytes)
            plan->scratch_bytes = layer->scratch_bytes;
    }
}

/* ---- how a step is cut ---------------------------------------------------------------------- */

static void plan_parts(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    for (size_t n = 0; n < network->node_count; n++)
        plan->part_count += network->nodes[n].plan.parts;
    plan->parts = cnn_alloc(plan->part_count, sizeof *plan->parts);
    size_t at = 0;
    for (size_t n = 0; n < network->node_count; n++)
        for (uint64_t part = 0; part < network->nodes[n].plan.parts; part++)
            plan->parts[at++] = (cnn_part){n, part};
}

static void plan_training(cnn_plan *plan, uint64_t seed)
{
    const cnn_network *network = plan->network;
    plan->group_count = plan->batch_shards < CNN_GROUPS ? plan->batch_shards : CNN_GROUPS;
    plan->reduce_blocks = (network->first_phase + CNN_REDUCE_BLOCK - 1) / CNN_REDUCE_BLOCK;
    plan->update_blocks = (network->weight_floats + CNN_UPDATE_BLOCK - 1) / CNN_UPDATE_BLOCK;
    plan_parts(plan);
    for (size_t n = 0; n < network->node_count; n++) {
        plan->nodes[n].stream = cnn_data_stream(seed, "layer", network->nodes[n].spec->name);
        plan->nodes[n].statistics_at = plan->statistics_size;
        plan->statistics_size += network->nodes[n].plan.statistics;
    }
}

cnn_plan *cnn_plan_new(const cnn_pipeline *pipeline, const cnn_network *network,
                       const cnn_data *data, bool training, cnn_report *report)
{
    cnn_plan *plan = cnn_alloc(1, sizeof *plan);
    plan->network = network;
    plan->training = training;
    plan->nodes = cnn_alloc(network->node_count, sizeof *plan->nodes);
    plan->batch_size = (uint64_t)pipeline->train.batch_size;
    if (data->train.count && plan->batch_size > data->train.count) /* 0: the data stay closed */
        plan->batch_size = data->train.count;
    plan->batch_shards = (plan->batch_size + CNN_SHARD - 1) / CNN_SHARD;
    if (!ask_slots(plan, pipeline->optimizer, report)) {
        cnn_plan_free(plan);
        return NULL;
    }
    plan_pieces(plan);
    plan_outputs(plan);
    if (training) {
        plan_backward(plan);
        plan_gradients(plan);
        plan_training(plan, (uint64_t)pipeline->seed);
    }
    plan_worker(plan);
    return plan;
}

void cnn_plan_free(cnn_plan *plan)
{
    if (!plan)
        return;
    void *const blocks[] = {plan->nodes,     plan->outputs,     plan->gradients,
                            plan->output_of, plan->gradient_of, plan->parts};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(plan);
}
