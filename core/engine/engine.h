/* engine.h - runs a network: training steps and evaluation, the same bits for any number of threads.
 *
 * A batch is cut into shards of CNN_SHARD samples. Consecutive shards form at most CNN_GROUPS groups;
 * a worker takes a group through forward and backward, shard by shard, and adds weight gradients into
 * the group's buffer. Then groups are added up by a fixed tree (tree_sum.h), and second phases run, in parts. Then
 * the optimizer passes over the weights in blocks. How a batch is cut depends on its size alone, so
 * which thread does what does not show in the result. Nothing is allocated after cnn_engine_new, but for a survey. */
#ifndef CNN_ENGINE_ENGINE_H
#define CNN_ENGINE_ENGINE_H

#include <signal.h>

#include "engine/data.h"
#include "engine/network.h"
#include "pipeline/pipeline.h"

#define CNN_GROUPS 32u
#define CNN_MAX_CONFUSION 1024u /* classes; with more, no confusion matrix is kept */

typedef struct cnn_engine cnn_engine;

/* Allocates all memory and starts `threads` workers. With training false, only evaluation is possible
 * and less memory is taken. Keeps pointers to pipeline, network and data. NULL with a fault of
 * CNN_EXIT_SYSTEM, or CNN_EXIT_PLUGIN where the optimizer breaks its contract. */
CNN_MUST_CHECK cnn_engine *cnn_engine_new(const cnn_pipeline *pipeline, cnn_network *network,
                                          const cnn_data *data, size_t threads, bool training,
                                          cnn_report *report);
void cnn_engine_free(cnn_engine *engine);

/* How far a survey is. */
typedef struct cnn_surveyed {
    const char *layer;
    uint64_t pass, passes; /* from 1 */
    uint64_t samples, all; /* of the pass */
} cnn_surveyed;
typedef void cnn_survey_watch(void *context, const cnn_surveyed *at);

/* The passes over the training data that layers ask for before the first step; fills their measured weights. `watch` may
 * be NULL; it is called after every thousand samples or so. *whole is false if *stop became nonzero on the way; the
 * weights are then of no use. Faults: CNN_EXIT_SYSTEM; CNN_EXIT_DATA where a sample cannot be had, or is not finite, or where
 * the layer refuses; CNN_EXIT_PIPELINE where other numbers are not finite. */
CNN_MUST_CHECK bool cnn_engine_survey(cnn_engine *engine, const volatile sig_atomic_t *stop, cnn_survey_watch *watch,
                                      void *context, bool *whole, cnn_report *report);

/* One training step on the training samples batch[0..count), count at most the batch size. `step` counts
 * from 0 over the whole training. Adds to *totals, which has measures.sums sums. False if the batch's loss is not
 * finite; *totals and the weights are then as before, unless the pipeline says on_nonfinite: continue.
 * False, too, where a dataset failed to give a sample, cnn_data_failed. */
CNN_MUST_CHECK bool cnn_engine_step(cnn_engine *engine, const uint32_t *batch, size_t count, uint64_t step,
                                    double learning_rate, cnn_totals *totals);

/* After cnn_engine_step gave false: the first thing on the way through the network that is not finite,
 * as half a sentence. The caller frees. */
char *cnn_engine_explain(cnn_engine *engine);
bool cnn_all_finite(const float *x, uint64_t count);

/* What a probe shows, in this order for each shard or piece of one (up to a layer that measures, and from there on, all
 * shards go through that part first): outputs of nodes first to last (dy
 * NULL), then at node_count the gradient by the network's output, then gradients by nodes' inputs, last
 * node first (y NULL), down to the first node with weights. `id` is the tensor shown or whose gradient is
 * shown. So many samples, in the batch's order. */
typedef void cnn_probe_watch(void *context, size_t node, size_t id, const float *y, const float *dy,
                             uint64_t samples);

/* Takes a batch forward and backward as a step would, on one thread, and changes no weight, moving
 * statistic or optimizer state. Returns the gradients of the weights, laid out as network->weights,
 * until the next call. */
const float *cnn_engine_probe(cnn_engine *engine, const uint32_t *batch, size_t count, cnn_probe_watch *watch,
                              void *context);

/* The gradients of the last step's mean loss by the weights, laid out as network->weights, until the next step
 * or probe. */
const float *cnn_engine_gradient(const cnn_engine *engine);

/* Loss and metrics of a split, each sample once. `confusion`, if not NULL, gets classes * classes
 * counts, rows true, columns predicted. Returns false if *stop became nonzero on the way (stop may be
 * NULL). */
CNN_MUST_CHECK bool cnn_engine_evaluate(cnn_engine *engine, const cnn_split *split, cnn_scores *scores,
                                        uint64_t *confusion, const volatile sig_atomic_t *stop);

/* Where the time of training went, as a table: microseconds of thread time an image, for each layer and
 * pass, and the GFLOP/s that they come to. */
void cnn_engine_profile(const cnn_engine *engine, cnn_text *text);

/* The network's output for each sample of a split, one behind the other: count * classes floats. Labels are
 * not read. */
void cnn_engine_outputs(cnn_engine *engine, const cnn_split *split, float *out);

/* The class that a sample's output speaks for: the first of the largest; `classes` where one is NaN. */
size_t cnn_engine_class(const float *output, size_t classes);

/* The optimizer's state array i, as long as network->weights, or NULL past the last; *name is the
 * slot's. */
float *cnn_engine_state(cnn_engine *engine, size_t i, const char **name);

/* The moving mean of the weights, of the option `ema`, laid out as network->weights; NULL without it. Only what is trained
 * differs from the weights. */
float *cnn_engine_average(cnn_engine *engine);
/* Where there is a mean, puts it in place of the weights, and these in its place; a second call puts both back. */
void cnn_engine_exchange(cnn_engine *engine);

#endif
