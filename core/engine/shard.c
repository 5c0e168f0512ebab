/* shard.c - one shard through all layers, forward and backward, on one thread. */
#include <string.h>

#include "engine/private.h"
#include "plugin/crash.h"

cnn_shard cnn_shard_of(cnn_engine *engine, size_t number, size_t worker)
{
    const uint64_t first = (uint64_t)number * CNN_SHARD, left = engine->count - first;
    return (cnn_shard){engine, &engine->workers[worker],           number, 0,
                       first,  left < CNN_SHARD ? left : CNN_SHARD};
}

cnn_shard cnn_shard_piece(const cnn_shard *shard, uint64_t from)
{
    const uint64_t left = shard->count - from, piece = shard->engine->plan->piece;
    return (cnn_shard){shard->engine, shard->worker,       shard->number,
                       from,          shard->first + from, left < piece ? left : piece};
}

static const cnn_layout *layout_of(const cnn_engine *engine)
{
    return &engine->plan->layouts[engine->batch != NULL];
}

/* The shard's or piece's part of a storage; NULL without one. */
static float *place(const cnn_shard *shard, size_t at)
{
    const cnn_engine *engine = shard->engine;
    if (at == CNN_NOT_KEPT)
        return NULL;
    const cnn_storage *storage = &layout_of(engine)->storages[at];
    if (storage->extent == CNN_OF_BATCH)
        return engine->batch_arena + storage->offset + shard->first * storage->size;
    float *start = shard->worker->arena + storage->offset;
    return storage->extent == CNN_OF_SHARD ? start + shard->from * storage->size : start;
}

float *cnn_shard_output(const cnn_shard *shard, size_t id)
{
    return place(shard, layout_of(shard->engine)->output_of[id]);
}

float *cnn_shard_gradient(const cnn_shard *shard, size_t id)
{
    return place(shard, layout_of(shard->engine)->gradient_of[id]);
}

uint64_t cnn_shard_sample(const cnn_shard *shard, uint64_t i)
{
    const cnn_engine *engine = shard->engine;
    return engine->batch ? engine->batch[shard->first + i] : engine->first + shard->first + i;
}

/* One stream a sample, keyed by (seed, step, layer, sample's place in the batch). */
static const cnn_random *streams(const cnn_shard *shard, size_t n)
{
    const cnn_engine *engine = shard->engine;
    if (!engine->batch || !(engine->network->nodes[n].plan.flags & CNN_RANDOM))
        return NULL;
    const cnn_random step = cnn_random_split(&engine->plan->nodes[n].stream, engine->step);
    for (uint64_t i = 0; i < shard->count; i++)
        shard->worker->random[i] = cnn_random_split(&step, shard->first + i);
    return shard->worker->random;
}

/* What forward and backward of node n have in common. */
static cnn_layer_io node_io(const cnn_shard *shard, size_t n)
{
    const cnn_engine *engine = shard->engine;
    return (cnn_layer_io){
        .struct_size = sizeof(cnn_layer_io),
        .samples = shard->count,
        .training = engine->batch != NULL,
        .weights = engine->weights + n * CNN_MAX_WEIGHTS,
        .saved = place(shard, layout_of(engine)->saved_of[n]),
        .scratch = shard->worker->scratch,
        .prepared = engine->prepared[n],
        .step = engine->batch ? engine->step : 0,
        .epoch = engine->batch ? engine->step / engine->plan->epoch_steps : 0,
        .batch_samples = engine->batch ? engine->count : 0,
        .totals = engine->batch && engine->network->nodes[n].plan.measures
                      ? engine->totals + engine->plan->nodes[n].totals_at
                      : NULL,
    };
}

void cnn_shard_inputs(const cnn_shard *shard, const cnn_node *node, const float **xs)
{
    for (size_t i = 0; i < node->input_count; i++)
        xs[i] = cnn_shard_output(shard, node->input[i]);
}

bool cnn_shard_nodes(const cnn_shard *shard, size_t begin, size_t end, cnn_watch *watch,
                     void *context)
{
    cnn_engine *engine = shard->engine;
    for (size_t n = begin; n < end; n++) {
        const cnn_node *node = &engine->network->nodes[n];
        const float *xs[CNN_MAX_INPUTS];
        cnn_layer_io io = node_io(shard, n);
        cnn_shard_inputs(shard, node, xs);
        io.x = xs[0];
        io.xs = xs;
        io.y = cnn_shard_output(shard, node->output);
        io.random = streams(shard, n);
        CNN_CRASH_GUARD(node->spec->layer->file, "forward", node->layer->forward(node->self, &io));
        cnn_worker_lap(engine, shard->worker, cnn_slot_of(n, CNN_FORWARD));
        if (watch && watch(context, n, node->output, io.y,
                           shard->count * cnn_network_size(engine->network, node->output)))
            return true;
    }
    return false;
}

void cnn_shard_gather(const cnn_shard *shard)
{
    cnn_engine *engine = shard->engine;
    const size_t input = engine->network->input;
    const uint64_t size = cnn_network_size(engine->network, input);
    for (uint64_t i = 0; i < shard->count; i++)
        cnn_data_gather(engine->split, cnn_shard_sample(shard, i),
                        cnn_shard_output(shard, input) + i * size);
    cnn_worker_lap(engine, shard->worker, cnn_slot_of_rest(engine, CNN_GATHER));
}

void cnn_shard_forward(const cnn_shard *shard, const cnn_visit *visit, cnn_watch *watch,
                       void *context)
{
    const cnn_plan *plan = shard->engine->plan;
    cnn_worker_start(shard->worker);
    for (uint64_t from = 0; visit->gathers && from < shard->count; from += plan->piece) {
        const cnn_shard piece = cnn_shard_piece(shard, from);
        cnn_shard_gather(&piece);
        if (cnn_shard_nodes(&piece, 0, plan->pieced, watch, context))
            return;
    }
    (void)cnn_shard_nodes(shard, visit->gathers ? plan->pieced : visit->begin, visit->end, watch,
                          context);
}

/* Where node n's backward writes the gradient by each input, or NULL. Where others have written it
 * before, that is a spare place. */
static void place_gradients(const cnn_shard *shard, size_t n, float **dxs)
{
    const cnn_plan *plan = shard->engine->plan;
    const cnn_node *node = &plan->network->nodes[n];
    float *spare = place(shard, layout_of(shard->engine)->spare_of[n]);
    for (size_t i = 0; i < node->input_count; i++) {
        const bool wanted = cnn_plan_wants(plan, node, i), adds = cnn_plan_adds(plan, n, i);
        dxs[i] = !wanted ? NULL : adds ? spare : cnn_shard_gradient(shard, node->input[i]);
        if (wanted && adds)
            spare += cnn_network_size(plan->network, node->input[i]) *
                     (n < plan->pieced ? plan->piece : CNN_SHARD);
    }
}

/* Whether the node reads the tensor of input i again as a later input. */
static bool reads_again(const cnn_node *node, size_t i)
{
    for (size_t k = i + 1; k < node->input_count; k++)
        if (node->input[k] == node->input[i])
            return true;
    return false;
}

/* Adds what lies in spare places to what the readers before have written, in the order of the
 * inputs; so the sum of a tensor's gradients goes from its last reader to its first. Shows the
 * gradients that are whole by now. */
static void join_gradients(const cnn_shard *shard, size_t n, float *const *dxs, cnn_watch *watch,
                           void *context)
{
    const cnn_plan *plan = shard->engine->plan;
    const cnn_node *node = &plan->network->nodes[n];
    for (size_t i = 0; i < node->input_count; i++) {
        const size_t id = node->input[i];
        const uint64_t count = shard->count * cnn_network_size(plan->network, id);
        if (!dxs[i])
            continue;
        float *sum = cnn_shard_gradient(shard, id);
        if (sum != dxs[i])
            for (uint64_t k = 0; k < count; k++)
                sum[k] += dxs[i][k];
        if (watch && plan->network->values[id].first_consumer == n && !reads_again(node, i))
            (void)watch(context, n, id, sum, count);
    }
}

/* What backward and measure_backward of node n have in common. The arrays are the caller's. */
static cnn_layer_io backward_io(const cnn_shard *shard, size_t group, size_t n, const float **xs,
                                float **dweights)
{
    const cnn_engine *engine = shard->engine;
    const cnn_network *network = engine->network;
    const cnn_node *node = &network->nodes[n];
    cnn_layer_io io = node_io(shard, n);
    for (uint64_t w = 0; w < node->plan.weight_count; w++) {
        const cnn_weight_tensor *tensor = &network->tensors[node->first_tensor + w];
        if (!tensor->in_moving && node->plan.parts == 0)
            dweights[w] = engine->groups + group * network->first_phase + tensor->offset;
    }
    if (node->plan.flags & CNN_USES_INPUT)
        cnn_shard_inputs(shard, node, xs);
    io.x = xs[0];
    io.xs = xs;
    io.y = node->plan.flags & CNN_USES_OUTPUT ? cnn_shard_output(shard, node->output) : NULL;
    io.dy = cnn_shard_gradient(shard, node->output);
    io.dweights = node->plan.trained && node->plan.parts == 0 ? dweights : NULL;
    return io;
}

void cnn_shard_measure(const cnn_shard *shard, const cnn_visit *visit, size_t group)
{
    const cnn_engine *engine = shard->engine;
    const cnn_node *node = &engine->network->nodes[visit->measuring];
    const bool back = engine->visit >= engine->plan->turn;
    const float *xs[CNN_MAX_INPUTS] = {0};
    float *dweights[CNN_MAX_WEIGHTS] = {0};
    cnn_layer_io io;
    if (back) {
        io = backward_io(shard, group, visit->measuring, xs, dweights);
    } else {
        io = node_io(shard, visit->measuring);
        cnn_shard_inputs(shard, node, xs);
        io.x = xs[0];
        io.xs = xs;
        io.saved = NULL;
        io.totals = NULL;
    }
    io.measured = engine->measured + shard->number * engine->plan->measured_size;
    CNN_CRASH_GUARD(node->spec->layer->file, back ? "measure_backward" : "measure",
                    (back ? node->layer->measure_backward : node->layer->measure)(node->self, &io));
    cnn_worker_lap(engine, shard->worker,
                   cnn_slot_of(visit->measuring, back ? CNN_BACKWARD : CNN_FORWARD));
}

/* Nodes [begin, end), the last one first. */
static void backward_nodes(const cnn_shard *shard, size_t group, size_t begin, size_t end,
                           cnn_watch *watch, void *context)
{
    const cnn_engine *engine = shard->engine;
    const cnn_plan *plan = engine->plan;
    for (size_t n = end; n-- > begin;) {
        const cnn_node *node = &engine->network->nodes[n];
        if (!plan->nodes[n].backward)
            continue;
        float *dweights[CNN_MAX_WEIGHTS] = {0}, *dxs[CNN_MAX_INPUTS];
        const float *xs[CNN_MAX_INPUTS] = {0};
        cnn_layer_io io = backward_io(shard, group, n, xs, dweights);
        place_gradients(shard, n, dxs);
        io.dx = dxs[0];
        io.dxs = dxs;
        if (node->plan.measures_backward)
            io.totals_backward = engine->totals + plan->nodes[n].totals_backward_at;
        CNN_CRASH_GUARD(node->spec->layer->file, "backward",
                        node->layer->backward(node->self, &io));
        join_gradients(shard, n, dxs, watch, context);
        cnn_worker_lap(engine, shard->worker, cnn_slot_of(n, CNN_BACKWARD));
    }
}

void cnn_shard_backward(const cnn_shard *shard, const cnn_visit *visit, size_t group,
                        cnn_watch *watch, void *context)
{
    const cnn_engine *engine = shard->engine;
    const cnn_plan *plan = engine->plan;
    const size_t low = visit->low, middle = low > plan->pieced ? low : plan->pieced;
    backward_nodes(shard, group, middle, visit->high, watch, context);
    for (uint64_t from = 0; low < plan->pieced && from < shard->count; from += plan->piece) {
        const cnn_shard piece = cnn_shard_piece(shard, from);
        backward_nodes(&piece, group, low, plan->pieced, watch, context);
    }
}
