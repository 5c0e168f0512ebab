/* explain.c - where a step lost its finite numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/private.h"

typedef struct search {
    const cnn_network *network;
    char *found; /* the first thing of the shard, NULL: none yet */
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
    if (s->found || cnn_all_finite(y, count))
        return false;
    for (uint64_t w = 0; w < node->plan.weight_count && !s->found; w++) {
        const cnn_weight_tensor *tensor = &s->network->tensors[node->first_tensor + w];
        if (!cnn_all_finite(cnn_network_tensor(s->network, tensor), tensor->count))
            s->found = cnn_format("the weights '%s' are not finite", tensor->name);
    }
    if (!s->found)
        s->found = cnn_format("the output of layer '%s' is not finite", node->spec->name);
    return false;
}

/* Whether all that the shard adds to the step's sums is finite: what the visit's layer measures of
 * it, or its loss. What was not finite on the way, and is cut off by a later layer, does no harm.
 */
static bool adds_finite(const cnn_shard *shard)
{
    cnn_engine *engine = shard->engine;
    const cnn_visit *visit = &engine->plan->visits[engine->visit];
    const double *sums = cnn_engine_sums(engine, 0);
    uint64_t count = 1;
    if (engine->visit == engine->plan->turn) {
        memset(cnn_engine_sums(engine, 0), 0, engine->network->measures.sums * sizeof *sums);
        cnn_shard_score(shard, 0);
    } else {
        cnn_shard_measure(shard, visit, 0);
        sums = engine->measured + shard->number * engine->plan->measured_size;
        count = engine->network->nodes[visit->measuring].plan.measures;
    }
    for (uint64_t i = 0; i < count; i++)
        if (!isfinite(sums[i]))
            return false;
    return true;
}

/* The reason why the sums of the visit are not finite, if they are not. */
static char *search_visit(cnn_engine *engine)
{
    const cnn_plan *plan = engine->plan;
    const cnn_visit *visit = &plan->visits[engine->visit];
    for (size_t i = 0; i * CNN_SHARD < engine->count; i++) {
        const cnn_shard shard = cnn_shard_of(engine, i, 0);
        search s = {engine->network, NULL};
        cnn_shard_forward(&shard, visit, look, &s);
        if (!adds_finite(&shard))
            return s.found ? s.found
                   : engine->visit == plan->turn
                       ? cnn_format("loss '%s' is not finite, though the network's output is",
                                    engine->pipeline->loss->file->head.name)
                       : cnn_format("what layer '%s' measures is not finite",
                                    engine->network->nodes[visit->measuring].spec->name);
        free(s.found);
    }
    return NULL;
}

char *cnn_engine_explain(cnn_engine *engine)
{
    char *found = NULL;
    for (engine->visit = 0; engine->visit <= engine->plan->turn && !found; engine->visit++) {
        found = search_visit(engine);
        if (!found && engine->visit < engine->plan->turn)
            cnn_engine_add_measured(engine);
    }
    return found ? found : cnn_strdup("the sum of the batch's losses is not finite");
}
