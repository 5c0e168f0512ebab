/* survey.c - passes over the training data before the first step, for layers that ask for them. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/private.h"
#include "engine/tree_sum.h"
#include "plugin/crash.h"

typedef struct survey {
    cnn_engine *engine;
    size_t n;
    const cnn_node *node;
    uint64_t pass;
    double *groups; /* CNN_GROUPS times the layer's sums */
    double *totals; /* those of each pass */
    bool searching; /* the inputs are looked at; the layer is not called */
    char *found;    /* what of them is not finite */
    bool in_data;   /* and they are the data themselves */
    const volatile sig_atomic_t *stop;
    cnn_survey_watch *watch;
    void *context;
} survey;

/* Notes the first input of the shard or piece that is not finite. */
static void look(survey *s, const cnn_shard *shard, const float *const *xs)
{
    const cnn_network *network = s->engine->network;
    for (size_t i = 0; i < s->node->input_count; i++) {
        const cnn_value *value = &network->values[s->node->input[i]];
        const uint64_t size = cnn_shape_count(&value->shape);
        for (uint64_t k = 0; k < shard->count && !s->found; k++) {
            if (cnn_all_finite(xs[i] + k * size, size))
                continue;
            const unsigned long long sample = cnn_shard_sample(shard, k);
            s->in_data = value->producer == CNN_NO_NODE;
            s->found = s->in_data
                           ? cnn_format("sample %llu of the training data is not finite", sample)
                           : cnn_format("for sample %llu of the training data, the output of layer "
                                        "'%s' before it is not finite",
                                        sample, network->nodes[value->producer].spec->name);
        }
    }
}

/* The layer on the inputs of a shard, or of a piece of one. */
static void call(survey *s, const cnn_shard *shard, size_t group)
{
    const cnn_layer_plan *plan = &s->node->plan;
    const float *xs[CNN_MAX_INPUTS];
    cnn_shard_inputs(shard, s->node, xs);
    if (s->searching) {
        look(s, shard, xs);
        return;
    }
    const cnn_layer_survey io = {
        .struct_size = sizeof io,
        .samples = shard->count,
        .pass = s->pass,
        .all_samples = s->engine->data->train.count,
        .weights = s->engine->weights + s->n * CNN_MAX_WEIGHTS,
        .x = xs[0],
        .xs = xs,
        .scratch = shard->worker->scratch,
        .totals = s->pass ? s->totals : NULL,
        .sums = s->groups + group * plan->surveys,
    };
    CNN_CRASH_GUARD(s->node->spec->layer->file, "survey",
                    s->node->layer->survey(s->node->self, &io));
}

/* A shard up to the layer, in pieces as far as steps take it in pieces. */
static void take_shard(survey *s, const cnn_shard *shard, size_t group)
{
    const size_t pieced = s->engine->plan->pieced;
    for (uint64_t from = 0; from < shard->count; from += s->engine->plan->piece) {
        const cnn_shard piece = cnn_shard_piece(shard, from);
        cnn_shard_gather(&piece);
        (void)cnn_shard_nodes(&piece, 0, s->n < pieced ? s->n : pieced, NULL, NULL);
        if (s->n < pieced)
            call(s, &piece, group);
    }
    if (s->n < pieced)
        return;
    (void)cnn_shard_nodes(shard, pieced, s->n, NULL, NULL);
    call(s, shard, group);
}

/* Job g: group g of a part of the data. */
static void take_group(void *context, size_t group, size_t worker)
{
    survey *s = context;
    const size_t first = group * CNN_EVALUATE_GROUP;
    for (size_t i = first;
         i < first + CNN_EVALUATE_GROUP && i * CNN_SHARD < s->engine->count && !s->found; i++) {
        const cnn_shard shard = cnn_shard_of(s->engine, i, worker);
        take_shard(s, &shard, group);
    }
}

/* All training samples, in their order. A search takes one thread, and ends where it has found
 * something. False where it was told to stop, or where a sample could not be had. */
static bool take_data(survey *s)
{
    cnn_engine *engine = s->engine;
    const uint64_t part = (uint64_t)CNN_EVALUATE_SHARDS * CNN_SHARD;
    const uint64_t all = engine->data->train.count;
    for (uint64_t first = 0; first < all && !s->found; first += part) {
        const uint64_t left = all - first;
        const cnn_surveyed done = {s->node->spec->name, s->pass + 1, s->node->plan.survey_passes,
                                   first, all};
        if (s->watch && !s->searching)
            s->watch(s->context, &done);
        if (engine->data->fault.state || (s->stop && *s->stop))
            return false;
        /* Who watched may have predicted with this engine, or set weights. */
        engine->split = &engine->data->train;
        engine->batch = NULL;
        engine->first = first;
        cnn_engine_prepare(engine);
        engine->count = left < part ? left : part;
        const size_t groups =
            (engine->count + CNN_SHARD * CNN_EVALUATE_GROUP - 1) / (CNN_SHARD * CNN_EVALUATE_GROUP);
        for (size_t g = 0; s->searching && g < groups; g++)
            take_group(s, g, 0);
        if (!s->searching)
            cnn_pool_run(engine->pool, take_group, s, groups);
    }
    return !engine->data->fault.state;
}

static void add_group(void *context, size_t into, size_t from)
{
    const survey *s = context;
    const uint64_t sums = s->node->plan.surveys;
    for (uint64_t i = 0; i < sums; i++)
        s->groups[into * sums + i] += s->groups[from * sums + i];
}

/* The layer makes its weights of the totals. */
static bool settle(survey *s, cnn_report *report)
{
    const cnn_network *network = s->engine->network;
    const cnn_node *node = s->node;
    const cnn_instance *layer = node->spec->layer;
    float *measured[CNN_MAX_WEIGHTS] = {0};
    cnn_error error = {0};
    int failed = 0;
    for (uint64_t w = 0; w < node->plan.weight_count; w++)
        if (node->plan.weights[w].role == CNN_ROLE_MEASURED)
            measured[w] = cnn_network_tensor(network, &network->tensors[node->first_tensor + w]);
    const cnn_layer_settle io = {sizeof io, s->engine->data->train.count, s->totals, measured};
    CNN_CRASH_GUARD(layer->file, "settle", failed = node->layer->settle(node->self, &io, &error));
    return !failed || cnn_instance_refuse(layer, "settle", failed, layer->file->head.name, &error,
                                          CNN_EXIT_DATA, report);
}

/* Whether the tensor is finite; if not, looks for the reason in what reaches the layer. */
static bool check_tensor(survey *s, const cnn_weight_tensor *tensor, cnn_report *report)
{
    if (cnn_all_finite(cnn_network_tensor(s->engine->network, tensor), tensor->count))
        return true;
    s->searching = true;
    s->stop = NULL;
    (void)take_data(s);
    cnn_report_add(
        report, s->in_data ? CNN_EXIT_DATA : CNN_EXIT_PIPELINE, s->node->spec->layer->mark,
        "layer '%s' measured the training data, and its '%s' is not finite: %s",
        s->node->spec->name, tensor->spec.name,
        s->found ? s->found : "all that reaches it is finite, so the numbers are too large for it");
    free(s->found);
    s->found = NULL;
    return false;
}

static bool check_tensors(survey *s, cnn_report *report)
{
    for (uint64_t w = 0; w < s->node->plan.weight_count; w++) {
        const cnn_weight_tensor *tensor = &s->engine->network->tensors[s->node->first_tensor + w];
        if (tensor->spec.role == CNN_ROLE_MEASURED && !check_tensor(s, tensor, report))
            return false;
    }
    return true;
}

/* All passes of one layer. The memory is needed before the first step alone. */
static bool survey_node(survey *s, bool *whole, cnn_report *report)
{
    const uint64_t sums = s->node->plan.surveys, passes = s->node->plan.survey_passes;
    s->groups = cnn_tensor_alloc(CNN_GROUPS * sums, sizeof(double));
    s->totals = cnn_tensor_alloc(passes * sums, sizeof(double));
    bool good = s->groups && s->totals;
    if (!good)
        cnn_report_add(report, CNN_EXIT_SYSTEM, s->node->spec->layer->mark,
                       "out of memory: layer '%s' measures %llu numbers of the training data",
                       s->node->spec->name, (unsigned long long)sums);
    for (s->pass = 0; good && *whole && s->pass < passes; s->pass++) {
        memset(s->groups, 0, CNN_GROUPS * sums * sizeof(double));
        *whole = take_data(s);
        cnn_tree_sum(CNN_GROUPS, 1, add_group, s);
        memcpy(s->totals + s->pass * sums, s->groups, sums * sizeof(double));
    }
    if (good && *whole)
        good = settle(s, report) && check_tensors(s, report);
    free(s->groups);
    free(s->totals);
    return good && !cnn_data_failed(s->engine->data, report);
}

bool cnn_engine_survey(cnn_engine *engine, const volatile sig_atomic_t *stop,
                       cnn_survey_watch *watch, void *context, bool *whole, cnn_report *report)
{
    *whole = true;
    for (size_t n = 0; *whole && n < engine->network->node_count; n++) {
        survey s = {.engine = engine,
                    .n = n,
                    .node = &engine->network->nodes[n],
                    .stop = stop,
                    .watch = watch,
                    .context = context};
        if (s.node->plan.surveys > 0 && !survey_node(&s, whole, report))
            return false;
    }
    return true;
}
