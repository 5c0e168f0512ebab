/* private.h - what the files of the engine share: its memory, and the passes over a shard. */
#ifndef CNN_ENGINE_PRIVATE_H
#define CNN_ENGINE_PRIVATE_H

#include "engine/engine.h"
#include "engine/pool.h"

#define CNN_PIECE 4u            /* samples; 8 or 16 where pieces would not stay aligned */
#define CNN_EVALUATE_SHARDS 64u /* between two looks at *stop */
#define CNN_REDUCE_BLOCK 4096u  /* floats of gradient that one job adds up */
#define CNN_UPDATE_BLOCK 16384u /* floats of weights that one job of the optimizer takes */

/* A tensor's memory for a step. Layers that work in place share one. Where a second phase reads it, it
 * holds the whole batch; else it is each worker's own and holds a shard, or only a piece of one. */
typedef struct cnn_storage {
    uint64_t size;  /* floats a sample */
    float *batch;   /* the whole batch, or NULL */
    size_t offset;  /* in a worker's arena, in floats */
    bool whole;     /* a shard lies in it, since nodes that take whole shards use it */
    bool kept;      /* in training a shard lies in it, since backward reads it */
} cnn_storage;

/* What a worker's time goes into: PASSES for each node, then these. */
enum { CNN_FORWARD, CNN_BACKWARD, CNN_GRADIENT, CNN_PASSES };
enum { CNN_GATHER, CNN_LOSS_TIME, CNN_SUMS, CNN_OPTIMIZER_TIME, CNN_REST };

/* What one thread works with. */
typedef struct cnn_worker {
    float *arena;        /* activations of a shard, then two buffers for gradients */
    unsigned char *saved, *scratch;
    double *numbers;     /* 5 * classes: output, target, gradient, and work for the loss */
    cnn_random random[CNN_SHARD];
    uint64_t *confusion; /* classes * classes, or NULL */
    double *seconds;     /* of training: CNN_PASSES a node, then CNN_REST */
    double since;        /* when the clock was last looked at */
} cnn_worker;

/* One call of a second phase. */
typedef struct cnn_part {
    size_t node;
    uint64_t part;
} cnn_part;

struct cnn_engine {
    const cnn_pipeline *pipeline;
    cnn_network *network;
    const cnn_data *data;
    bool training;
    size_t threads;
    cnn_pool *pool;
    cnn_worker *workers;
    const float **weights;    /* CNN_MAX_WEIGHTS pointers a node */
    void **prepared;          /* what each node made of them, or NULL */
    /* memory plan: tensor t of the network is in outputs[output_of[t]], its gradient likewise */
    cnn_storage *outputs, *gradients;
    size_t *output_of, *gradient_of;
    size_t output_count, gradient_count;
    size_t gradient_buffer[2][2]; /* offsets in a worker's arena: [whole shard?][odd?] */
    size_t *saved_at;         /* of node n in a worker's `saved` */
    size_t pieced;            /* nodes [0, pieced) take a shard in pieces */
    uint64_t piece;           /* samples in one */
    size_t lowest;            /* the first node with trained weights: backward ends here */
    uint64_t batch_size, batch_shards;
    float *gradient;          /* as network->weights */
    float *groups;            /* CNN_GROUPS or fewer buffers of network->first_phase floats */
    size_t group_count;
    cnn_part *parts;
    size_t part_count;
    uint64_t reduce_blocks, update_blocks;
    float *state[CNN_MAX_SLOTS];
    cnn_slot slots[CNN_MAX_SLOTS];
    size_t slot_count;
    uint64_t *statistics_at;  /* of node n, in a shard's statistics */
    uint64_t statistics_size;
    double *statistics;       /* statistics_size doubles a shard */
    cnn_random *streams;      /* of each node that draws random numbers */
    /* the work under way */
    cnn_totals *shards;       /* one a shard of a batch or of a piece of an evaluation */
    const cnn_split *split;
    const uint32_t *batch;    /* samples of the step; NULL in an evaluation */
    uint64_t first, count;    /* evaluation: the piece's first sample; samples in batch or piece */
    uint64_t step;
    size_t used_groups, shards_per_group;
    double learning_rate;
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

/* Called after each node on each piece of a shard; ends the pass by returning true. */
typedef bool cnn_watch(void *context, size_t node, const float *y, uint64_t count);

/* Gathers the shard's samples and takes them through all layers. `watch` may be NULL. */
void cnn_shard_forward(const cnn_shard *shard, cnn_watch *watch, void *context);
/* Loss, metrics and predictions from the output; with training also the gradient by the output. */
void cnn_shard_score(const cnn_shard *shard);
/* The gradient by the network's output, after scoring. */
const float *cnn_shard_output_gradient(const cnn_shard *shard);
/* Gradients through all layers, added into the buffer of `group`. `watch` may be NULL; it sees the gradient
 * by each node's input, and cannot end the pass. */
void cnn_shard_backward(const cnn_shard *shard, size_t group, cnn_watch *watch, void *context);

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

/* Allocates what the engine needs; engine_memory.c. */
CNN_MUST_CHECK bool cnn_engine_allocate(cnn_engine *engine, cnn_report *report);
void cnn_engine_release(cnn_engine *engine);

#endif
