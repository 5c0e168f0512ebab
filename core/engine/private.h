/* private.h - what the files of the engine share: its state, and the passes over a shard. */
#ifndef CNN_ENGINE_PRIVATE_H
#define CNN_ENGINE_PRIVATE_H

#include "engine/engine.h"
#include "engine/plan.h"
#include "engine/pool.h"

#define CNN_EVALUATE_SHARDS 64u /* between two looks at *stop; a multiple of CNN_GROUPS */
#define CNN_EVALUATE_GROUP (CNN_EVALUATE_SHARDS / CNN_GROUPS) /* shards of a group, in an evaluation */

/* What a worker's time goes into: PASSES for each node, then these. */
enum { CNN_FORWARD, CNN_BACKWARD, CNN_GRADIENT, CNN_PASSES };
enum { CNN_GATHER, CNN_LOSS_TIME, CNN_SUMS, CNN_OPTIMIZER_TIME, CNN_REST };

/* What one thread works with. */
typedef struct cnn_worker {
    float *arena;        /* all tensors of a shard; cnn_layout says where each lies */
    unsigned char *scratch;
    double *numbers;     /* 5 * outputs: output, target, gradient, and work for the loss */
    float *targets;      /* of a shard's samples, where they are vectors; else NULL */
    cnn_random random[CNN_SHARD];
    uint64_t *confusion; /* classes * classes, or NULL */
    double *seconds;     /* of training: CNN_PASSES a node, then CNN_REST */
    double since;        /* when the clock was last looked at */
} cnn_worker;

/* The state of a training or evaluation; all that is decided before is in the plan. */
struct cnn_engine {
    const cnn_plan *plan;
    cnn_plan *own_plan;       /* the same, to be freed */
    void **blocks;            /* all memory below, to be freed */
    size_t block_count;
    bool short_of_memory;     /* one of them could not be had */
    const cnn_pipeline *pipeline;
    cnn_network *network;
    const cnn_data *data;
    size_t threads;
    cnn_pool *pool;
    cnn_worker *workers;
    const float **weights;    /* CNN_MAX_WEIGHTS pointers a node */
    void **prepared;          /* what each node made of them, or NULL */
    float *batch_arena;       /* the tensors of whole batches */
    float *gradient;          /* as network->weights */
    float *shaped;            /* what l2 and clips have made of it; the same where there are none */
    float *average;           /* the weights' moving mean, of the option ema; else NULL */
    float *groups;            /* plan->group_count buffers of network->first_phase floats */
    float *state[CNN_MAX_SLOTS];
    double *measured;         /* by the layer at the end of a visit: plan->measured_size doubles a shard */
    double *totals;           /* plan->totals_size doubles: what each layer measured, of the whole batch */
    float *update;            /* of an optimizer of two passes, from one to the other; as network->weights */
    cnn_norms *norms;         /* one a range of the plan's update */
    /* the work under way */
    double *sums;             /* of loss and metrics, network->measures.sums of them a group */
    double *evaluated;        /* the same, of an evaluation */
    const cnn_split *split;
    const uint32_t *batch;    /* samples of the step; NULL in an evaluation */
    uint64_t first, count;    /* evaluation: the piece's first sample; samples in batch or piece */
    uint64_t step;
    size_t visit;             /* of plan->visits */
    size_t used_groups, shards_per_group;
    double learning_rate, gradient_norm;
    bool confuse;
    uint64_t trained; /* images, for cnn_engine_profile */
};

/* The samples of a shard, or of a piece of it, and the worker that has it. */
typedef struct cnn_shard {
    cnn_engine *engine;
    cnn_worker *worker;
    size_t number;
    uint64_t from;         /* where a piece begins in its shard */
    uint64_t first, count; /* in the batch, or in the evaluation's part */
} cnn_shard;

cnn_shard cnn_shard_of(cnn_engine *engine, size_t number, size_t worker);
/* Its piece that begins at sample `from`. */
cnn_shard cnn_shard_piece(const cnn_shard *shard, uint64_t from);
/* Of its sample i, the number in the split. */
uint64_t cnn_shard_sample(const cnn_shard *shard, uint64_t i);
/* The shard's or piece's part of the tensor of this id, and of the gradient by it; NULL where it is not kept. */
float *cnn_shard_output(const cnn_shard *shard, size_t id);
float *cnn_shard_gradient(const cnn_shard *shard, size_t id);
/* Where each input of a node lies. */
void cnn_shard_inputs(const cnn_shard *shard, const cnn_node *node, const float **xs);

/* Called after each node on each piece of a shard with the tensor of this id, or its gradient; ends the
 * pass by returning true. */
typedef bool cnn_watch(void *context, size_t node, size_t id, const float *y, uint64_t count);

/* Its samples as floats, into the network's input. */
void cnn_shard_gather(const cnn_shard *shard);
/* Nodes [begin, end) forward. True if the watcher ended it. */
bool cnn_shard_nodes(const cnn_shard *shard, size_t begin, size_t end, cnn_watch *watch, void *context);
/* Takes the shard through the visit's nodes forward, and gathers its samples before where the visit does. `watch` may be
 * NULL. */
void cnn_shard_forward(const cnn_shard *shard, const cnn_visit *visit, cnn_watch *watch, void *context);
/* Loss, metrics and predictions from the output, added to the sums of `group`; with training also the gradient by the
 * output. score.c */
void cnn_shard_score(const cnn_shard *shard, size_t group);
/* Has the visit's layer measure the shard. */
void cnn_shard_measure(const cnn_shard *shard, const cnn_visit *visit, size_t group);
/* Gradients through the visit's nodes, added into the buffer of `group`. `watch` may be NULL; it sees the gradient
 * by each node's input, and cannot end the pass. */
void cnn_shard_backward(const cnn_shard *shard, const cnn_visit *visit, size_t group, cnn_watch *watch, void *context);

/* The clock of cnn_engine_profile: starts a stretch of time; ends it, adds it to node n's pass or to
 * the others, and starts the next. A look at the clock costs some 30 nanoseconds, a layer's call on a
 * piece 20 microseconds and more. */
void cnn_worker_start(cnn_worker *worker);
void cnn_worker_lap(const cnn_engine *engine, cnn_worker *worker, size_t slot);
static inline size_t cnn_slot_of(size_t node, size_t pass)
{
    return node * CNN_PASSES + pass;
}
static inline size_t cnn_slot_of_rest(const cnn_engine *engine, size_t what)
{
    return engine->network->node_count * CNN_PASSES + what;
}

/* The sums of what is measured over a group. And adds those of the first groups, which hold `samples` samples, to
 * *totals; group 0 has the sum of all afterwards. */
double *cnn_engine_sums(const cnn_engine *engine, size_t group);
void cnn_engine_add_groups(cnn_engine *engine, size_t groups, uint64_t samples, cnn_totals *totals);
/* After a visit of all shards: what its layer measured, added up into the totals. */
void cnn_engine_add_measured(cnn_engine *engine);
/* Each layer's own form of its weights, for the step or evaluation that begins. */
void cnn_engine_prepare(cnn_engine *engine);

/* The optimizer on all trained weights; update.c. */
void cnn_engine_update(cnn_engine *engine);

/* Allocates what the plan says; buffers.c. */
CNN_MUST_CHECK bool cnn_engine_allocate(cnn_engine *engine, cnn_report *report);
void cnn_engine_release(cnn_engine *engine);

#endif
