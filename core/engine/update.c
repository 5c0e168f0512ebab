/* update.c - the optimizer on the ranges of the weights, the norms that it asks for, and the
 * options of every optimizer around it. */
#include "engine/update.h"

#include <math.h>

#include "engine/private.h"
#include "engine/tree_sum.h"
#include "plugin/crash.h"

#define LANES 8

/* In an order that the compiler can keep in vectors. */
static double sum_of_squares(const float *x, uint64_t count)
{
    double lanes[LANES] = {0};
    uint64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lanes[k] += (double)x[i + k] * (double)x[i + k];
    for (size_t k = 0; i + k < count; k++)
        lanes[k] += (double)x[i + k] * (double)x[i + k];
    for (size_t stride = 1; stride < LANES; stride *= 2)
        for (size_t k = 0; k < LANES; k += 2 * stride)
            lanes[k] += lanes[k + stride];
    return lanes[0];
}

static void add_norms(void *context, size_t into, size_t from)
{
    cnn_norms *norms = context;
    norms[into].weight += norms[from].weight;
    norms[into].update += norms[from].update;
    norms[into].gradient += norms[from].gradient;
}

/* The range's gradient as the optimizer gets it, measured. */
static void measure(cnn_engine *engine, size_t r)
{
    const cnn_range *range = &engine->plan->update.ranges[r];
    engine->norms[r] =
        (cnn_norms){.gradient = sum_of_squares(engine->shaped + range->first, range->count)};
}

/* Job r: the squares of the gradients of range r. */
static void measure_gradient(void *context, size_t r, size_t worker)
{
    cnn_engine *engine = context;
    cnn_worker_start(&engine->workers[worker]);
    measure(engine, r);
    cnn_worker_lap(engine, &engine->workers[worker], cnn_slot_of_rest(engine, CNN_OPTIMIZER_TIME));
}

/* ---- options of every optimizer -------------------------------------------------------------- */

/* Job r: l2 and clipvalue; then the squares, for clips by norm. What is not a number stays so. */
static void shape_range(void *context, size_t r, size_t worker)
{
    cnn_engine *engine = context;
    const cnn_range *range = &engine->plan->update.ranges[r];
    const cnn_optimizer_options *o = &engine->pipeline->optimizer.options;
    const float l2 = o->l2 > 0 ? (float)(o->l2 * range->decay_mult) : 0;
    const float most = o->clipvalue > 0 ? (float)o->clipvalue : INFINITY;
    const float *restrict gradient = engine->gradient + range->first;
    const float *restrict w = engine->network->weights + range->first;
    float *restrict shaped = engine->shaped + range->first;
    cnn_worker_start(&engine->workers[worker]);
    for (uint64_t i = 0; i < range->count; i++) {
        const float g = l2 > 0 ? gradient[i] + l2 * w[i] : gradient[i];
        shaped[i] = g > most ? most : g < -most ? -most : g;
    }
    if (engine->plan->update.clips_tensors || engine->plan->update.clips_all)
        measure(engine, r);
    cnn_worker_lap(engine, &engine->workers[worker], cnn_slot_of_rest(engine, CNN_OPTIMIZER_TIME));
}

/* Job r: scales the range's gradient down to the limit on the norm of its tensor, or of all. */
static void clip_range(void *context, size_t r, size_t worker)
{
    cnn_engine *engine = context;
    const cnn_update *update = &engine->plan->update;
    const cnn_optimizer_options *o = &engine->pipeline->optimizer.options;
    const cnn_range *range = &update->ranges[r];
    const double most = update->clips_tensors ? o->clipnorm : o->global_clipnorm;
    const double norm = sqrt(engine->norms[update->clips_tensors ? range->head : 0].gradient);
    float *shaped = engine->shaped + range->first;
    cnn_worker_start(&engine->workers[worker]);
    const float factor = (float)(most / norm);
    for (uint64_t i = 0; norm > most && i < range->count; i++)
        shaped[i] *= factor;
    cnn_worker_lap(engine, &engine->workers[worker], cnn_slot_of_rest(engine, CNN_OPTIMIZER_TIME));
}

/* Makes of the loss's gradient what the optimizer gets. */
static void shape_gradient(cnn_engine *engine)
{
    const cnn_update *update = &engine->plan->update;
    cnn_pool_run(engine->pool, shape_range, engine, update->range_count);
    if (update->clips_all && update->range_count > 0)
        cnn_tree_sum(update->range_count, 1, add_norms, engine->norms);
    for (size_t r = 0; update->clips_tensors && r < update->range_count;
         r += update->ranges[r].in_tensor)
        cnn_tree_sum(update->ranges[r].in_tensor, 1, add_norms, engine->norms + r);
    if (update->clips_all || update->clips_tensors)
        cnn_pool_run(engine->pool, clip_range, engine, update->range_count);
}

/* Before the optimizer has the range: weight_decay. */
static void decay(cnn_engine *engine, const cnn_range *range)
{
    const double rate = engine->learning_rate * range->lr_mult;
    const double taken =
        rate * (engine->pipeline->optimizer.options.weight_decay * range->decay_mult);
    const float keep = (float)(1 - taken);
    float *w = engine->network->weights + range->first;
    for (uint64_t i = 0; taken > 0 && i < range->count; i++)
        w[i] *= keep;
}

/* After it: ema. */
static void average(cnn_engine *engine, const cnn_range *range)
{
    const double ema = engine->step == 0 ? 0 : engine->pipeline->optimizer.options.ema;
    const float keep = (float)ema,
                rest = 1 - keep; /* exactly: the mean of what stays is the same */
    const float *restrict w = engine->network->weights + range->first;
    float *restrict mean = engine->average + range->first;
    for (uint64_t i = 0; i < range->count; i++)
        mean[i] = keep * mean[i] + rest * w[i];
}

void cnn_engine_exchange(cnn_engine *engine)
{
    float *w = engine->network->weights, *mean = engine->average;
    for (uint64_t i = 0; mean && i < engine->network->weight_floats; i++) {
        const float kept = w[i];
        w[i] = mean[i];
        mean[i] = kept;
    }
}

float *cnn_engine_average(cnn_engine *engine)
{
    return engine->average;
}

/* ---- the optimizer --------------------------------------------------------------------------- */

/* Calls the optimizer on range r; `norms`, of the tensor, in pass 2. */
static void step(cnn_engine *engine, const cnn_range *range, uint64_t pass, const cnn_norms *norms,
                 const cnn_worker *worker)
{
    const cnn_instance *optimizer = engine->pipeline->optimizer.instance;
    float *state[CNN_MAX_SLOTS] = {0};
    for (size_t s = 0; s < engine->plan->update.slot_count; s++)
        state[s] = engine->state[s] + range->first;
    const cnn_optimizer_step io = {
        .struct_size = sizeof io,
        .count = range->count,
        .step = engine->step + 1,
        .learning_rate = engine->learning_rate * range->lr_mult,
        .decay_mult = range->decay_mult,
        .gradient = engine->shaped + range->first,
        .weight = engine->network->weights + range->first,
        .state = state,
        .tensor = engine->plan->update.plan.form == CNN_FORM_ELEMENT ? NULL : range->tensor,
        .pass = pass,
        .update = pass ? engine->update + range->first : NULL,
        .weight_norm = norms ? sqrt(norms->weight) : 0,
        .update_norm = norms ? sqrt(norms->update) : 0,
        .gradient_norm = engine->gradient_norm,
        .scratch = worker->scratch,
    };
    CNN_CRASH_GUARD(optimizer->file, "step", optimizer->file->optimizer.step(optimizer->self, &io));
}

/* Job r: the only call on range r, or its first pass and the norms that it leaves. */
static void step_range(void *context, size_t r, size_t worker)
{
    cnn_engine *engine = context;
    const cnn_update *update = &engine->plan->update;
    const cnn_range *range = &update->ranges[r];
    const bool passes = update->plan.form == CNN_FORM_TWO_PASSES;
    cnn_worker_start(&engine->workers[worker]);
    decay(engine, range);
    step(engine, range, passes ? 1 : 0, NULL, &engine->workers[worker]);
    if (passes)
        engine->norms[r] = (cnn_norms){
            .weight = sum_of_squares(engine->network->weights + range->first, range->count),
            .update = sum_of_squares(engine->update + range->first, range->count)};
    else if (engine->average)
        average(engine, range);
    cnn_worker_lap(engine, &engine->workers[worker], cnn_slot_of_rest(engine, CNN_OPTIMIZER_TIME));
}

/* Job r: the second pass. The tensor's norms are where its first range's were. */
static void apply_range(void *context, size_t r, size_t worker)
{
    cnn_engine *engine = context;
    const cnn_range *range = &engine->plan->update.ranges[r];
    cnn_worker_start(&engine->workers[worker]);
    step(engine, range, 2, &engine->norms[range->head], &engine->workers[worker]);
    if (engine->average)
        average(engine, range);
    cnn_worker_lap(engine, &engine->workers[worker], cnn_slot_of_rest(engine, CNN_OPTIMIZER_TIME));
}

void cnn_engine_update(cnn_engine *engine)
{
    const cnn_update *update = &engine->plan->update;
    engine->gradient_norm = 0;
    if (update->shapes)
        shape_gradient(engine);
    if (update->plan.flags & CNN_GLOBAL_NORM && update->range_count > 0) {
        cnn_pool_run(engine->pool, measure_gradient, engine, update->range_count);
        cnn_tree_sum(update->range_count, 1, add_norms, engine->norms);
        engine->gradient_norm = sqrt(engine->norms[0].gradient);
    }
    cnn_pool_run(engine->pool, step_range, engine, update->range_count);
    if (update->plan.form != CNN_FORM_TWO_PASSES)
        return;
    for (size_t r = 0; r < update->range_count; r += update->ranges[r].in_tensor)
        cnn_tree_sum(update->ranges[r].in_tensor, 1, add_norms, engine->norms + r);
    cnn_pool_run(engine->pool, apply_range, engine, update->range_count);
}
