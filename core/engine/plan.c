/* plan.c - the engine's plan: pieces, which backward is wanted, parts of second phases. */
#include "engine/plan.h"

#include <stdlib.h>

#include "base/memory.h"
#include "engine/engine.h"

#define ALIGN 64u

/* Until a piece of so many floats a sample ends at a multiple of 64 bytes. */
static void widen_piece(cnn_plan *plan, uint64_t floats)
{
    while (plan->piece * floats % (ALIGN / sizeof(float)) != 0)
        plan->piece *= 2;
}

/* The largest of the wishes that pieced nodes have; CNN_PIECE where none has one. */
static uint64_t piece_wished(const cnn_plan *plan)
{
    uint64_t most = 0;
    for (size_t n = 0; n < plan->pieced; n++)
        if (plan->network->nodes[n].plan.piece_samples > most)
            most = plan->network->nodes[n].plan.piece_samples;
    return most ? most : CNN_PIECE;
}

/* The nodes before the first one that wants many samples at once (a second phase, measuring) take a
 * shard in pieces, so that what one of them writes is still in the cache when the next one reads
 * it. Pieces are as small as keeps each of them 64-byte aligned. */
static void plan_pieces(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    while (plan->pieced < network->node_count && !network->nodes[plan->pieced].whole &&
           network->nodes[plan->pieced].plan.measures == 0 &&
           network->nodes[plan->pieced].plan.measures_backward == 0)
        plan->pieced++;
    plan->piece = piece_wished(plan);
    widen_piece(plan, cnn_network_size(network, network->input));
    for (size_t n = 0; n < plan->pieced; n++) {
        widen_piece(plan, cnn_network_size(network, network->nodes[n].output));
        widen_piece(plan, cnn_node_saved(&network->nodes[n]));
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

static bool has_trained(const cnn_node *node)
{
    for (uint64_t w = 0; node->plan.trained && w < node->plan.weight_count; w++)
        if (cnn_role_is_trained(node->plan.weights[w].role))
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

/* ---- how a step is cut ---------------------------------------------------------------------- */

static void plan_parts(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    for (size_t n = 0; n < network->node_count; n++)
        plan->part_count += plan->nodes[n].backward ? network->nodes[n].plan.parts : 0;
    plan->parts = cnn_alloc(plan->part_count, sizeof *plan->parts);
    size_t at = 0;
    for (size_t n = 0; n < network->node_count; n++)
        for (uint64_t part = 0; plan->nodes[n].backward && part < network->nodes[n].plan.parts;
             part++)
            plan->parts[at++] = (cnn_part){n, part};
}

/* So many doubles, of one shard and in the totals. Returns where they lie in the totals. */
static uint64_t add_measures(cnn_plan *plan, uint64_t count)
{
    const uint64_t at = plan->totals_size;
    plan->totals_size += count;
    plan->measured_size = count > plan->measured_size ? count : plan->measured_size;
    return at;
}

static void plan_visits(cnn_plan *plan)
{
    const cnn_network *network = plan->network;
    const size_t nodes = network->node_count;
    cnn_visit *visit = plan->visits = cnn_alloc(2 * nodes + 1, sizeof *plan->visits);
    visit->gathers = true;
    for (size_t n = 0; n < nodes; n++) {
        if (network->nodes[n].plan.measures == 0)
            continue;
        plan->nodes[n].totals_at = add_measures(plan, network->nodes[n].plan.measures);
        visit->end = visit->measuring = n;
        (++visit)->begin = n;
    }
    plan->turn = (size_t)(visit - plan->visits);
    visit->end = visit->high = nodes;
    for (size_t n = nodes; n-- > plan->lowest;) {
        const uint64_t count = network->nodes[n].plan.measures_backward;
        if (count == 0 || !plan->nodes[n].backward)
            continue;
        plan->nodes[n].totals_backward_at = add_measures(plan, count);
        visit->low = n + 1;
        visit->measuring = n;
        (++visit)->high = n + 1;
    }
    visit->low = plan->lowest;
    visit->measuring = CNN_NO_NODE;
    plan->visit_count = (size_t)(visit - plan->visits) + 1;
}

static void plan_training(cnn_plan *plan, uint64_t seed)
{
    const cnn_network *network = plan->network;
    plan->group_count = plan->batch_shards < CNN_GROUPS ? plan->batch_shards : CNN_GROUPS;
    plan->reduce_blocks = (network->first_phase + CNN_REDUCE_BLOCK - 1) / CNN_REDUCE_BLOCK;
    plan_parts(plan);
    for (size_t n = 0; n < network->node_count; n++) {
        plan->nodes[n].stream = cnn_data_stream(seed, "layer", network->nodes[n].spec->name);
    }
    plan_visits(plan);
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
    plan->epoch_steps = training ? cnn_pipeline_epoch_steps(pipeline, data->train.count) : 0;
    plan->batch_shards = (plan->batch_size + CNN_SHARD - 1) / CNN_SHARD;
    if (training && !cnn_update_plan(&plan->update, &pipeline->optimizer, network, report)) {
        cnn_plan_free(plan);
        return NULL;
    }
    plan_pieces(plan);
    plan->evaluation =
        (cnn_visit){.gathers = true, .end = network->node_count, .measuring = CNN_NO_NODE};
    if (training) {
        plan_backward(plan);
        plan_training(plan, (uint64_t)pipeline->seed);
    }
    for (size_t i = 0; i <= (size_t)training; i++)
        cnn_layout_make(plan, &plan->layouts[i], i == 1);
    plan->scratch_bytes = plan->update.plan.scratch_bytes;
    for (size_t n = 0; n < network->node_count; n++)
        if (network->nodes[n].plan.scratch_bytes > plan->scratch_bytes)
            plan->scratch_bytes = network->nodes[n].plan.scratch_bytes;
    return plan;
}

void cnn_plan_free(cnn_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < 2; i++)
        cnn_layout_free(&plan->layouts[i]);
    cnn_update_free(&plan->update);
    free(plan->nodes);
    free(plan->parts);
    free(plan->visits);
    free(plan);
}
