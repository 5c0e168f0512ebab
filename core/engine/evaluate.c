/* evaluate.c - a split through the network: loss, metrics and confusion, or the outputs themselves.
 */
#include <string.h>

#include "engine/private.h"

/* Job g: group g of a piece of an evaluation. */
static void evaluate_group(void *context, size_t group, size_t worker)
{
    cnn_engine *engine = context;
    const size_t first = group * CNN_EVALUATE_GROUP;
    memset(cnn_engine_sums(engine, group), 0, engine->network->measures.sums * sizeof(double));
    for (size_t s = first; s < first + CNN_EVALUATE_GROUP && s * CNN_SHARD < engine->count; s++) {
        const cnn_shard shard = cnn_shard_of(engine, s, worker);
        cnn_shard_forward(&shard, &engine->plan->evaluation, NULL, NULL);
        cnn_shard_score(&shard, group);
    }
}

bool cnn_engine_evaluate(cnn_engine *engine, const cnn_split *split, cnn_scores *scores,
                         uint64_t *confusion, const volatile sig_atomic_t *stop)
{
    const uint64_t piece = (uint64_t)CNN_EVALUATE_SHARDS * CNN_SHARD;
    const size_t cells = engine->network->classes * engine->network->classes;
    cnn_totals totals = {0, engine->evaluated};
    memset(totals.sums, 0, engine->network->measures.sums * sizeof(double));
    engine->split = split;
    engine->batch = NULL;
    engine->confuse = confusion && engine->workers[0].confusion;
    cnn_engine_prepare(engine);
    for (size_t w = 0; engine->confuse && w < engine->threads; w++)
        memset(engine->workers[w].confusion, 0, cells * sizeof(uint64_t));
    for (engine->first = 0; engine->first < split->count; engine->first += piece) {
        const uint64_t left = split->count - engine->first;
        if (stop && *stop)
            return false;
        engine->count = left < piece ? left : piece;
        const size_t groups =
            (engine->count + CNN_SHARD * CNN_EVALUATE_GROUP - 1) / (CNN_SHARD * CNN_EVALUATE_GROUP);
        cnn_pool_run(engine->pool, evaluate_group, engine, groups);
        cnn_engine_add_groups(engine, groups, engine->count, &totals);
    }
    *scores = cnn_measures_scores(&engine->network->measures, &totals);
    for (size_t i = 0; engine->confuse && i < cells; i++) {
        confusion[i] = 0;
        for (size_t w = 0; w < engine->threads; w++)
            confusion[i] += engine->workers[w].confusion[i];
    }
    return true;
}

typedef struct sink {
    size_t output;
    float *out;
} sink;

static bool copy_output(void *context, size_t node, size_t id, const float *y, uint64_t count)
{
    (void)node;
    sink *s = context;
    if (id == s->output) {
        memcpy(s->out, y, count * sizeof *y);
        s->out += count;
    }
    return false;
}

void cnn_engine_outputs(cnn_engine *engine, const cnn_split *split, float *out)
{
    sink s = {engine->network->output, out};
    engine->split = split;
    engine->batch = NULL;
    engine->first = 0;
    engine->count = split->count;
    cnn_engine_prepare(engine);
    for (uint64_t i = 0; i * CNN_SHARD < split->count; i++) {
        const cnn_shard shard = cnn_shard_of(engine, i, 0);
        cnn_shard_forward(&shard, &engine->plan->evaluation, copy_output, &s);
    }
}
