/* score.c - the loss of a shard, its gradient by the network's output, and what metrics measure. */
#include <math.h>

#include "engine/objective.h"
#include "engine/private.h"

size_t cnn_engine_class(const float *output, size_t classes)
{
    size_t best = 0;
    for (size_t c = 0; c < classes; c++) {
        if (isnan(output[c]))
            return classes;
        if (output[c] > output[best])
            best = c;
    }
    return best;
}

/* The targets of the shard's samples: labels, or vectors in the worker's memory. */
static void gather_targets(const cnn_shard *shard, int32_t *labels)
{
    const cnn_engine *engine = shard->engine;
    const size_t size = engine->network->outputs;
    for (uint64_t i = 0; i < shard->count; i++)
        if (engine->network->classes)
            labels[i] = cnn_data_label(engine->split, cnn_shard_sample(shard, i));
        else
            (void)cnn_data_target(engine->split, cnn_shard_sample(shard, i),
                                  shard->worker->targets + i * size);
}

/* The output and the target of sample i, as a loss wants them. */
static void place_sample(const cnn_shard *shard, uint64_t i, const float *y, int32_t label,
                         double *output, double *target)
{
    const size_t size = shard->engine->network->outputs;
    const bool is_class = shard->engine->network->classes > 0;
    const float *vector = is_class ? NULL : shard->worker->targets + i * size;
    for (size_t c = 0; c < size; c++) {
        output[c] = (double)y[c];
        target[c] = vector ? (double)vector[c] : c == (size_t)label ? 1 : 0;
    }
}

static void score_sample(const cnn_shard *shard, uint64_t i, const float *y, float *dy,
                         int32_t label, double *sums)
{
    const cnn_engine *engine = shard->engine;
    const size_t size = engine->network->outputs, classes = engine->network->classes;
    double *output = shard->worker->numbers, *target = output + size, *gradient = target + size;
    const double weight = dy ? cnn_data_weight(engine->split, cnn_shard_sample(shard, i)) : 1;
    place_sample(shard, i, y, label, output, target);
    const size_t predicted = engine->confuse ? cnn_engine_class(y, classes) : classes;
    if (predicted < classes)
        shard->worker->confusion[(size_t)label * classes + predicted]++;
    sums[0] += weight * cnn_objective_value(engine->pipeline->loss, output, target, size);
    cnn_measures_add_losses(&engine->network->measures, output, target, size, sums);
    if (!dy)
        return;
    cnn_objective_gradient(engine->pipeline->loss, output, target, size, gradient, gradient + size);
    for (size_t c = 0; c < size; c++)
        dy[c] = (float)(weight * gradient[c] / (double)engine->count);
}

void cnn_shard_score(const cnn_shard *shard, size_t group)
{
    const cnn_engine *engine = shard->engine;
    const size_t last = engine->network->output, size = engine->network->outputs;
    const float *y = cnn_shard_output(shard, last);
    float *dy = engine->batch ? cnn_shard_gradient(shard, last) : NULL;
    double *sums = cnn_engine_sums(engine, group);
    int32_t labels[CNN_SHARD] = {0};
    gather_targets(shard, labels);
    const bool is_class = engine->network->classes > 0;
    const cnn_metric_shard scored = {sizeof scored,
                                     shard->count,
                                     size,
                                     y,
                                     is_class ? labels : NULL,
                                     is_class ? NULL : shard->worker->targets};
    cnn_measures_add(&engine->network->measures, &scored, sums);
    for (uint64_t i = 0; i < shard->count; i++)
        score_sample(shard, i, y + i * size, dy ? dy + i * size : NULL, labels[i], sums);
    cnn_worker_lap(engine, shard->worker, cnn_slot_of_rest(engine, CNN_LOSS_TIME));
}
