/* engine.c - training steps, the same bits for any number of threads. */
#include "engine/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/private.h"
#include "engine/tree_sum.h"
#include "plugin/crash.h"

cnn_engine *cnn_engine_new(const cnn_pipeline *pipeline, cnn_network *network, const cnn_data *data,
                           size_t threads, bool training, cnn_report *report)
{
    CNN_BUG_IF(training && !network->training);
    cnn_engine *engine = cnn_alloc(1, sizeof *engine);
    engine->pipeline = pipeline;
    engine->network = network;
    engine->data = data;
    engine->threads = threads;
    engine->own_plan = cnn_plan_new(pipeline, network, data, training, report);
    engine->plan = engine->own_plan;
    if (engine->plan && cnn_engine_allocate(engine, report))
        engine->pool = cnn_pool_new(threads, report);
    if (engine->pool)
        return engine;
    cnn_engine_free(engine);
    return NULL;
}

void cnn_engine_free(cnn_engine *engine)
{
    if (!engine)
        return;
    cnn_pool_free(engine->pool);
    cnn_engine_release(engine);
    cnn_plan_free(engine->own_plan);
    free(engine);
}

float *cnn_engine_state(cnn_engine *engine, size_t i, const char **name)
{
    if (i >= engine->plan->update.slot_count)
        return NULL;
    *name = engine->plan->update.slots[i].name;
    return engine->state[i];
}

const float *cnn_engine_gradient(const cnn_engine *engine)
{
    return engine->gradient;
}

/* ---- jobs ----------------------------------------------------------------------------------- */

typedef struct probe {
    cnn_probe_watch *watch;
    void *context;
    const cnn_network *network;
} probe;

static bool show_output(void *context, size_t node, size_t id, const float *y, uint64_t count)
{
    const probe *p = context;
    p->watch(p->context, node, id, y, NULL, count / cnn_network_size(p->network, id));
    return false;
}

static bool show_gradient(void *context, size_t node, size_t id, const float *dx, uint64_t count)
{
    const probe *p = context;
    p->watch(p->context, node, id, NULL, dx, count / cnn_network_size(p->network, id));
    return false;
}

/* The visit's shards of group g, in their order; `p` may be NULL. */
static void train_shards(cnn_engine *engine, size_t group, size_t worker, probe *p)
{
    const size_t first = group * engine->shards_per_group, end = first + engine->shards_per_group;
    const size_t shards = (engine->count + CNN_SHARD - 1) / CNN_SHARD;
    const uint64_t floats = engine->network->first_phase;
    const cnn_plan *plan = engine->plan;
    const cnn_visit *visit = &plan->visits[engine->visit];
    if (engine->visit == 0) {
        memset(engine->groups + group * floats, 0, floats * sizeof(float));
        memset(cnn_engine_sums(engine, group), 0, engine->network->measures.sums * sizeof(double));
    }
    for (size_t s = first; s < end && s < shards; s++) {
        const cnn_shard shard = cnn_shard_of(engine, s, worker);
        cnn_shard_forward(&shard, visit, p ? show_output : NULL, p);
        if (engine->visit == plan->turn)
            cnn_shard_score(&shard, group);
        if (p && engine->visit == plan->turn)
            p->watch(p->context, engine->network->node_count, engine->network->output, NULL,
                     cnn_shard_gradient(&shard, engine->network->output), shard.count);
        if (engine->visit >= plan->turn)
            cnn_shard_backward(&shard, visit, group, p ? show_gradient : NULL, p);
        if (visit->measuring != CNN_NO_NODE)
            cnn_shard_measure(&shard, visit, group);
    }
}

/* Job g. */
static void train_group(void *context, size_t group, size_t worker)
{
    train_shards(context, group, worker, NULL);
}

typedef struct group_block {
    float *first;          /* of group 0 */
    uint64_t count, apart; /* floats in the group_block; floats from one group to the next */
} group_block;

static void add_block(void *context, size_t into, size_t from)
{
    const group_block *b = context;
    float *sum = b->first + into * b->apart;
    const float *add = b->first + from * b->apart;
    for (uint64_t i = 0; i < b->count; i++)
        sum[i] += add[i];
}

/* A block of the first phase's gradients: the groups' buffers, added by the tree. */
static void add_groups(const cnn_engine *engine, size_t number)
{
    const uint64_t floats = engine->network->first_phase, at = (uint64_t)number * CNN_REDUCE_BLOCK;
    const uint64_t left = floats - at, count = left < CNN_REDUCE_BLOCK ? left : CNN_REDUCE_BLOCK;
    group_block b = {engine->groups + at, count, floats};
    cnn_tree_sum(engine->used_groups, 1, add_block, &b);
    memcpy(engine->gradient + at, b.first, count * sizeof(float));
}

static void second_phase(const cnn_engine *engine, const cnn_part *part, cnn_worker *worker)
{
    const cnn_node *node = &engine->network->nodes[part->node];
    const cnn_layout *layout = &engine->plan->layouts[1];
    const size_t x = layout->output_of[node->input[0]], dy = layout->gradient_of[node->output];
    float *dweights[CNN_MAX_WEIGHTS] = {0};
    for (uint64_t w = 0; w < node->plan.weight_count; w++) {
        const cnn_weight_tensor *tensor = &engine->network->tensors[node->first_tensor + w];
        if (!tensor->in_moving)
            dweights[w] = engine->gradient + tensor->offset;
    }
    const cnn_layer_batch io = {
        .struct_size = sizeof io,
        .samples = engine->count,
        .part = part->part,
        .parts = node->plan.parts,
        .weights = engine->weights + part->node * CNN_MAX_WEIGHTS,
        .x = node->plan.flags & CNN_USES_INPUT ? engine->batch_arena + layout->storages[x].offset
                                               : NULL,
        .dy = engine->batch_arena + layout->storages[dy].offset,
        .scratch = worker->scratch,
        .dweights = dweights,
    };
    CNN_CRASH_GUARD(node->spec->layer->file, "weight_gradient",
                    node->layer->weight_gradient(node->self, &io));
}

/* Jobs: the parts of second phases, which take longest, then the blocks of the first phase. */
static void finish_gradient(void *context, size_t job, size_t worker)
{
    cnn_engine *engine = context;
    cnn_worker *self = &engine->workers[worker];
    cnn_worker_start(self);
    if (job < engine->plan->part_count) {
        second_phase(engine, &engine->plan->parts[job], self);
        cnn_worker_lap(engine, self, cnn_slot_of(engine->plan->parts[job].node, CNN_GRADIENT));
    } else {
        add_groups(engine, job - engine->plan->part_count);
        cnn_worker_lap(engine, self, cnn_slot_of_rest(engine, CNN_SUMS));
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

double *cnn_engine_sums(const cnn_engine *engine, size_t group)
{
    return engine->sums + group * engine->network->measures.sums;
}

static void add_sums(void *context, size_t into, size_t from)
{
    const cnn_engine *engine = context;
    double *sum = cnn_engine_sums(engine, into);
    const double *add = cnn_engine_sums(engine, from);
    for (uint64_t i = 0; i < engine->network->measures.sums; i++)
        sum[i] += add[i];
}

/* What the groups measured, once the tree has added it up, to *totals. */
static void take_sums(const cnn_engine *engine, uint64_t samples, cnn_totals *totals)
{
    totals->samples += samples;
    for (uint64_t i = 0; i < engine->network->measures.sums; i++)
        totals->sums[i] = cnn_unsigned_nan(totals->sums[i] + engine->sums[i]);
}

void cnn_engine_add_groups(cnn_engine *engine, size_t groups, uint64_t samples, cnn_totals *totals)
{
    cnn_tree_sum(groups, 1, add_sums, engine);
    take_sums(engine, samples, totals);
}

typedef struct measured {
    double *first;         /* of shard 0 */
    uint64_t count, apart; /* doubles of the layer; doubles from one shard to the next */
} measured;

static void add_doubles(void *context, size_t into, size_t from)
{
    const measured *m = context;
    for (uint64_t i = 0; i < m->count; i++)
        m->first[into * m->apart + i] += m->first[from * m->apart + i];
}

void cnn_engine_add_measured(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    const size_t n = plan->visits[engine->visit].measuring;
    if (n == CNN_NO_NODE)
        return;
    const bool back = engine->visit >= plan->turn;
    const cnn_layer_plan *layer = &engine->network->nodes[n].plan;
    measured m = {engine->measured, back ? layer->measures_backward : layer->measures,
                  plan->measured_size};
    cnn_tree_sum((engine->count + CNN_SHARD - 1) / CNN_SHARD, engine->shards_per_group, add_doubles,
                 &m);
    memcpy(engine->totals + (back ? plan->nodes[n].totals_backward_at : plan->nodes[n].totals_at),
           m.first, m.count * sizeof(double));
}

/* All shards through all visits; with `p`, on one thread. */
static void run_visits(cnn_engine *engine, probe *p)
{
    for (engine->visit = 0; engine->visit < engine->plan->visit_count; engine->visit++) {
        for (size_t g = 0; p && g < engine->used_groups; g++)
            train_shards(engine, g, 0, p);
        if (!p)
            cnn_pool_run(engine->pool, train_group, engine, engine->used_groups);
        cnn_engine_add_measured(engine);
    }
}

/* Moving statistics: each layer that keeps some gets what it measured. */
static void update_moving(cnn_engine *engine)
{
    const cnn_network *network = engine->network;
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        float *moving[CNN_MAX_WEIGHTS] = {0};
        if (node->plan.measures == 0 || !node->layer->update)
            continue;
        for (uint64_t w = 0; w < node->plan.weight_count; w++)
            if (node->plan.weights[w].role == CNN_ROLE_MOVING)
                moving[w] = cnn_network_tensor(network, &network->tensors[node->first_tensor + w]);
        const cnn_layer_update io = {sizeof io, engine->count,
                                     engine->totals + engine->plan->nodes[n].totals_at, moving};
        CNN_CRASH_GUARD(node->spec->layer->file, "update", node->layer->update(node->self, &io));
    }
}

void cnn_engine_prepare(cnn_engine *engine)
{
    for (size_t n = 0; n < engine->network->node_count; n++) {
        const cnn_node *node = &engine->network->nodes[n];
        if (!engine->prepared[n])
            continue;
        const cnn_layer_prepare io = {sizeof io, engine->batch && engine->plan->nodes[n].backward,
                                      engine->weights + n * CNN_MAX_WEIGHTS, engine->prepared[n]};
        cnn_worker_start(engine->workers);
        CNN_CRASH_GUARD(node->spec->layer->file, "prepare", node->layer->prepare(node->self, &io));
        cnn_worker_lap(engine, engine->workers, cnn_slot_of(n, CNN_FORWARD));
    }
}

static void set_batch(cnn_engine *engine, const uint32_t *batch, size_t count, uint64_t step)
{
    CNN_BUG_IF(!engine->plan->training || count == 0 || count > engine->plan->batch_size);
    const size_t shards = (count + CNN_SHARD - 1) / CNN_SHARD;
    engine->split = &engine->data->train;
    engine->batch = batch;
    engine->count = count;
    engine->step = step;
    engine->confuse = false;
    engine->shards_per_group = (shards + CNN_GROUPS - 1) / CNN_GROUPS;
    engine->used_groups = (shards + engine->shards_per_group - 1) / engine->shards_per_group;
    cnn_engine_prepare(engine);
}

const float *cnn_engine_probe(cnn_engine *engine, const uint32_t *batch, size_t count,
                              cnn_probe_watch *watch, void *context)
{
    probe p = {watch, context, engine->network};
    set_batch(engine, batch, count, 0);
    run_visits(engine, &p);
    cnn_pool_run(engine->pool, finish_gradient, engine,
                 engine->plan->part_count + engine->plan->reduce_blocks);
    return engine->gradient;
}

bool cnn_engine_step(cnn_engine *engine, const uint32_t *batch, size_t count, uint64_t step,
                     double learning_rate, cnn_totals *totals)
{
    set_batch(engine, batch, count, step);
    engine->learning_rate = learning_rate;
    run_visits(engine, NULL);
    cnn_tree_sum(engine->used_groups, 1, add_sums, engine);
    if (engine->data->fault.state ||
        (!isfinite(engine->sums[0]) && engine->pipeline->train.on_nonfinite == 0))
        return false;
    take_sums(engine, count, totals);
    cnn_pool_run(engine->pool, finish_gradient, engine,
                 engine->plan->part_count + engine->plan->reduce_blocks);
    cnn_engine_update(engine);
    update_moving(engine);
    engine->trained += count;
    return true;
}
