/* explain.c - where a step lost its finite numbers. */
#include <math.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/private.h"

typedef struct search {
    const cnn_network *network;
    char *found;
} search;

bool cnn_all_finite(const float *x, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* After node n: is its output the first that is not finite, and are its weights the reason? */
static bool look(void *context, size_t n, size_t id, const float *y, uint64_t count)
{
    (void)id;
    search *s = context;
    const cnn_node *node = &s->network->nodes[n];
    if (cnn_all_finite(y, count))
        return false;
    for (uint64_t w = 0; w < node->plan.weight_count && !s->found; w++) {
        const cnn_weight_tensor *tensor = &s->network->tensors[node->first_tensor + w];
        if (!cnn_all_finite(cnn_network_tensor(s->network, tensor), tensor->count))
            s->found = cnn_format("the weights '%s' are not finite", tensor->name);
    }
    if (!s->found)
        s->found = cnn_format("the output of layer '%s' is not finite", node->spec->name);
    return true;
}

char *cnn_engine_explain(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    const size_t shards = (engine->count + CNN_SHARD - 1) / CNN_SHARD;
    search s = {engine->network, NULL};
    for (engine->visit = 0; engine->visit <= plan->turn && !s.found; engine->visit++) {
        const cnn_visit *visit = &plan->visits[engine->visit];
        for (size_t i = 0; i < shards && !s.found; i++) {
            const cnn_shard shard = cnn_shard_of(engine, i, 0);
            cnn_shard_forward(&shard, visit, look, &s);
            if (engine->visit < plan->turn && !s.found)
                cnn_shard_measure(&shard, visit, 0);
        }
        if (engine->visit < plan->turn && !s.found)
            cnn_engine_add_measured(engine);
    }
    if (s.found)
        return s.found;
    return cnn_format("loss '%s' is not finite, though the network's output is",
                      engine->pipeline->loss->file->head.name);
}
