/* evaluate.c - a split through the network: loss, metrics and confusion, or the outputs themselves.
 */
#include <string.h>

#include "engine/private.h"

/* Job s: shard s of a piece of an evaluation. */
static void evaluate_shard(void *context, size_t number, size_t worker)
{
    const cnn_shard shard = cnn_shard_of(context, number, worker);
    cnn_shard_forward(&shard, NULL, NULL);
    cnn_shard_score(&shard);
}

bool cnn_engine_evaluate(cnn_engine *engine, const cnn_split *split, cnn_totals *totals,
                         uint64_t *confusion, const volatile sig_atomic_t *stop)
{
    const uint64_t piece = (uint64_t)CNN_EVALUATE_SHARDS * CNN_SHARD;
    const size_t cells = engine->network->classes * engine->network->classes;
    *totals = (cnn_totals){0};
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
        const size_t shards = (engine->count + CNN_SHARD - 1) / CNN_SHARD;
        cnn_pool_run(engine->pool, evaluate_shard, engine, shards);
        cnn_engine_add_shards(engine, shards, 1, totals);
    }
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
        cnn_shard_forward(&shard, copy_output, &s);
    }
}
