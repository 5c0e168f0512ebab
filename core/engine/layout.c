/* layout.c - where tensors lie: storages, and their places in memory by their lifetimes. */
#include <stdlib.h>

#include "base/memory.h"
#include "engine/plan.h"

/* ---- moments -------------------------------------------------------------------------------- */

/* The moments of a pass: 0, in which the images are gathered; the forward of each node; the loss;
 * the backward of each node, the last one first; the second phases. */
static size_t forward_of(size_t n)
{
    return n + 1;
}

static size_t loss(const cnn_plan *plan)
{
    return plan->network->node_count + 1;
}

static size_t backward_of(const cnn_plan *plan, size_t n)
{
    return 2 * plan->network->node_count + 1 - n;
}

static size_t second_phases(const cnn_plan *plan)
{
    return 2 * plan->network->node_count + 2;
}

/* Whether the moment comes once for each piece of a shard. */
static bool is_pieced(const cnn_plan *plan, size_t moment)
{
    return moment <= plan->pieced ||
           (moment > backward_of(plan, plan->pieced) && moment < second_phases(plan));
}

/* The visit that the moment lies in. The second phases are one of their own; so is an evaluation.
 */
static size_t visit_of(const cnn_plan *plan, bool training, size_t moment)
{
    const size_t turn = loss(plan), nodes = plan->network->node_count;
    size_t v = moment < turn ? 0 : plan->turn;
    if (!training)
        return 0;
    if (moment >= second_phases(plan))
        return plan->visit_count;
    while (moment < turn && moment > plan->visits[v].end)
        v++;
    while (moment > turn && v + 1 < plan->visit_count &&
           2 * nodes + 1 - moment < plan->visits[v].low)
        v++;
    return v;
}

/* Whether the two moments lie in one loop, over the pieces of a shard or over all shards. */
static bool are_in_loop(const cnn_plan *plan, bool training, cnn_extent extent, size_t a, size_t b)
{
    if (extent == CNN_OF_BATCH)
        return visit_of(plan, training, a) == visit_of(plan, training, b);
    return is_pieced(plan, a) && is_pieced(plan, b) && (a < loss(plan)) == (b < loss(plan));
}

/* ---- storages ------------------------------------------------------------------------------- */

static size_t add_storage(cnn_layout *layout, uint64_t size, size_t from, size_t until)
{
    layout->storages[layout->count] = (cnn_storage){.size = size, .from = from, .until = until};
    return layout->count++;
}

static void live_until(cnn_layout *layout, size_t storage, size_t moment)
{
    if (layout->storages[storage].until < moment)
        layout->storages[storage].until = moment;
}

/* Node n reads its inputs, and in a training, its backward may read them and its output again. */
static void read_tensors(const cnn_plan *plan, cnn_layout *layout, size_t n)
{
    const cnn_node *node = &plan->network->nodes[n];
    const size_t again = node->plan.parts > 0 ? second_phases(plan) : backward_of(plan, n);
    const bool back = layout->training && plan->nodes[n].backward;
    for (size_t i = 0; i < node->input_count; i++)
        live_until(layout, layout->output_of[node->input[i]],
                   back && node->plan.flags & CNN_USES_INPUT ? again : forward_of(n));
    if (back && node->plan.flags & CNN_USES_OUTPUT)
        live_until(layout, layout->output_of[node->output], backward_of(plan, n));
}

/* Outputs, and what layers save of them. Tensors share a storage where layers work in place. */
static void add_outputs(const cnn_plan *plan, cnn_layout *layout)
{
    const cnn_network *network = plan->network;
    layout->output_of[network->input] =
        add_storage(layout, cnn_network_size(network, network->input), 0, 0);
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        const size_t now = forward_of(n);
        const uint64_t saved = cnn_node_saved(node);
        layout->output_of[node->output] =
            node->in_place ? layout->output_of[node->input[0]]
                           : add_storage(layout, cnn_network_size(network, node->output), now, now);
        if (layout->training && saved > 0)
            layout->saved_of[n] = add_storage(layout, saved, now,
                                              plan->nodes[n].backward ? backward_of(plan, n) : now);
        read_tensors(plan, layout, n);
    }
    live_until(layout, layout->output_of[network->output], loss(plan));
}

/* The gradient by input i of node n, whose backward is the first to write it. */
static void add_gradient(const cnn_plan *plan, cnn_layout *layout, size_t n, size_t i)
{
    const cnn_node *node = &plan->network->nodes[n];
    const size_t id = node->input[i], now = backward_of(plan, n);
    layout->gradient_of[id] =
        node->in_place_gradient
            ? layout->gradient_of[node->output]
            : add_storage(layout, cnn_network_size(plan->network, id), now, now);
}

/* Gradients, from the backward that writes them to that of their tensor's producer, and room for
 * those of one node that are to be added to others. */
static void add_gradients(const cnn_plan *plan, cnn_layout *layout)
{
    const cnn_network *network = plan->network;
    layout->gradient_of[network->output] =
        add_storage(layout, cnn_network_size(network, network->output), loss(plan), loss(plan));
    for (size_t n = network->node_count; n-- > 0;) {
        const cnn_node *node = &network->nodes[n];
        const size_t now = backward_of(plan, n);
        uint64_t spare = 0;
        if (plan->nodes[n].backward)
            live_until(layout, layout->gradient_of[node->output],
                       node->plan.parts > 0 ? second_phases(plan) : now);
        for (size_t i = 0; i < node->input_count; i++)
            if (cnn_plan_wants(plan, node, i) && cnn_plan_adds(plan, n, i))
                spare += cnn_network_size(network, node->input[i]);
            else if (cnn_plan_wants(plan, node, i))
                add_gradient(plan, layout, n, i);
        if (spare > 0)
            layout->spare_of[n] = add_storage(layout, spare, now, now);
    }
}

/* How much of a batch lies in the storage: as much as a loop that it outlives goes over. */
static cnn_extent extent_of(const cnn_plan *plan, bool training, const cnn_storage *storage)
{
    const size_t from = storage->from, until = storage->until;
    if (!are_in_loop(plan, training, CNN_OF_BATCH, from, until))
        return CNN_OF_BATCH;
    return are_in_loop(plan, training, CNN_OF_SHARD, from, until) ? CNN_OF_PIECE : CNN_OF_SHARD;
}

/* A storage that outlives a loop holds its memory for all of it: in the loop's later rounds, what
 * the first ones wrote is still wanted, and the same at the other end of its life. */
static void hold(const cnn_plan *plan, bool training, cnn_storage *storage)
{
    const cnn_extent extent = storage->extent;
    size_t from = storage->from, until = storage->until;
    while (extent != CNN_OF_PIECE && from > 0 &&
           are_in_loop(plan, training, extent, from, from - 1))
        from--;
    while (extent != CNN_OF_PIECE && until < second_phases(plan) &&
           are_in_loop(plan, training, extent, until, until + 1))
        until++;
    storage->held_from = from;
    storage->held_until = until;
}

/* ---- places --------------------------------------------------------------------------------- */

/* In floats; no more than 2 * CNN_MAX_ARENA, so that sums do not overflow. */
static uint64_t length_of(const cnn_plan *plan, const cnn_storage *storage)
{
    const uint64_t samples = storage->extent == CNN_OF_BATCH   ? plan->batch_size
                             : storage->extent == CNN_OF_SHARD ? CNN_SHARD
                                                               : plan->piece;
    uint64_t floats;
    return cnn_mul(storage->size, samples, &floats) && floats < CNN_MAX_ARENA
               ? cnn_network_padded(floats)
               : 2 * CNN_MAX_ARENA;
}

/* Longer ones first, then earlier ones. */
static int compare(const void *a, const void *b)
{
    const cnn_storage *const *x = a, *const *y = b;
    if ((*x)->length != (*y)->length)
        return (*x)->length < (*y)->length ? 1 : -1;
    return *x < *y ? -1 : *x > *y;
}

/* Puts the storage at the lowest place that is free as long as it is held, among `placed`, which
 * stay sorted by offset. */
static void put(cnn_storage *storage, cnn_storage **placed, size_t count)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        const cnn_storage *other = placed[i];
        if (other->held_until < storage->held_from || storage->held_until < other->held_from)
            continue;
        if (storage->offset + storage->length <= other->offset)
            break;
        if (storage->offset < other->offset + other->length)
            storage->offset = other->offset + other->length;
    }
    while (at > 0 && placed[at - 1]->offset > storage->offset) {
        placed[at] = placed[at - 1];
        at--;
    }
    placed[at] = storage;
}

/* Places the storages that hold a batch, or the others, in an arena, and returns its length. */
static uint64_t place(cnn_layout *layout, bool batch)
{
    cnn_storage **wanted = cnn_alloc(layout->count, sizeof(cnn_storage *));
    cnn_storage **placed = cnn_alloc(layout->count, sizeof(cnn_storage *));
    uint64_t end = 0;
    size_t count = 0;
    for (size_t i = 0; i < layout->count; i++)
        if ((layout->storages[i].extent == CNN_OF_BATCH) == batch)
            wanted[count++] = &layout->storages[i];
    qsort(wanted, count, sizeof(cnn_storage *), compare);
    for (size_t i = 0; i < count; i++) {
        put(wanted[i], placed, i);
        if (wanted[i]->offset + wanted[i]->length > end)
            end = wanted[i]->offset + wanted[i]->length;
    }
    free(wanted);
    free(placed);
    return end;
}

void cnn_layout_make(const cnn_plan *plan, cnn_layout *layout, bool training)
{
    const cnn_network *network = plan->network;
    const size_t nodes = network->node_count, values = network->value_count;
    layout->training = training;
    layout->storages = cnn_alloc(2 * values + 2 * nodes, sizeof *layout->storages);
    layout->output_of = cnn_alloc(2 * values + 2 * nodes, sizeof *layout->output_of);
    layout->gradient_of = layout->output_of + values;
    layout->saved_of = layout->gradient_of + values;
    layout->spare_of = layout->saved_of + nodes;
    for (size_t i = values; i < 2 * values + 2 * nodes; i++)
        layout->output_of[i] = CNN_NOT_KEPT;
    add_outputs(plan, layout);
    if (training)
        add_gradients(plan, layout);
    for (size_t i = 0; i < layout->count; i++) {
        cnn_storage *storage = &layout->storages[i];
        storage->extent = extent_of(plan, training, storage);
        storage->length = length_of(plan, storage);
        hold(plan, training, storage);
    }
    layout->worker_floats = place(layout, false);
    layout->batch_floats = place(layout, true);
}

void cnn_layout_free(cnn_layout *layout)
{
    free(layout->storages);
    free(layout->output_of);
}

uint64_t cnn_plan_arena(const cnn_plan *plan)
{
    const uint64_t evaluation = plan->layouts[0].worker_floats,
                   training = plan->layouts[1].worker_floats;
    return training > evaluation ? training : evaluation;
}

void cnn_plan_memory(const cnn_plan *plan, size_t threads, uint64_t *bytes, uint64_t *minimum)
{
    const cnn_layout *layout = &plan->layouts[1];
    *bytes = (threads * cnn_plan_arena(plan) + layout->batch_floats) * sizeof(float);
    *minimum = 0;
    for (size_t moment = 0; moment <= second_phases(plan); moment++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < layout->count; i++) {
            const cnn_storage *storage = &layout->storages[i];
            if (storage->from <= moment && moment <= storage->until)
                sum += storage->length * (storage->extent == CNN_OF_BATCH ? 1 : threads);
        }
        if (sum * sizeof(float) > *minimum)
            *minimum = sum * sizeof(float);
    }
}
