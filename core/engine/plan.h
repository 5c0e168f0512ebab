/* plan.h - what the engine decides before the first step: which tensor lies where, and how work is cut.
 *
 * A plan holds sizes and places, no memory of tensors and nothing that a step changes; the state of a
 * training is in private.h. Tensors between layers are named by their ids (network.h). Nodes run forward
 * in the network's order and backward in the opposite order. */
#ifndef CNN_ENGINE_PLAN_H
#define CNN_ENGINE_PLAN_H

#include "engine/network.h"
#include "engine/update.h"

#define CNN_PIECE 4u            /* samples, where no layer wishes otherwise */
#define CNN_REDUCE_BLOCK 4096u  /* floats of gradient that one job adds up */
#define CNN_NOT_KEPT SIZE_MAX   /* in place of a storage: nobody needs the tensor */
#define CNN_MAX_ARENA (UINT64_C(1) << 40) /* floats; more is a mistake */

/* How much of a batch lies in a storage: a piece of a shard, a shard, or all of it. */
typedef enum cnn_extent { CNN_OF_PIECE, CNN_OF_SHARD, CNN_OF_BATCH } cnn_extent;

/* The place of a tensor, of its gradient, or of what a layer saves. Tensors share a storage where layers work in
 * place, and storages share memory where they do not live at the same time. Storages of a batch lie in an arena
 * of the engine's, the others in a worker's own. Lengths and offsets are multiples of 64 bytes. */
typedef struct cnn_storage {
    uint64_t size;   /* floats a sample */
    uint64_t length; /* floats in all */
    size_t offset;   /* in the arena, in floats */
    cnn_extent extent;
    size_t from, until;           /* its life: the moments of its first writer and its last reader; layout.c */
    size_t held_from, held_until; /* its life, with the rest of the loops that it outlives */
} cnn_storage;

/* Where everything lies in a training, or in an evaluation, which keeps nothing for backward. The arrays name
 * storages, or are CNN_NOT_KEPT. */
typedef struct cnn_layout {
    bool training;
    cnn_storage *storages;
    size_t count;
    size_t *output_of, *gradient_of; /* by a tensor's id */
    size_t *saved_of;                /* by node */
    size_t *spare_of; /* by node: where its gradients go that are to be added to those of other nodes */
    uint64_t worker_floats, batch_floats; /* lengths of the two arenas */
} cnn_layout;

/* What the plan says of one node. */
typedef struct cnn_node_plan {
    uint64_t totals_at, totals_backward_at; /* in the engine's totals of what was measured */
    cnn_random stream;      /* of the random numbers it draws */
    bool backward;          /* its weights, or those of a node before it, are trained */
    bool dx;                /* its backward gives the gradient by an input */
} cnn_node_plan;

/* A stretch of a step that a worker takes a shard through without waiting for the other shards: some nodes forward, and
 * from the turn on some nodes backward, the last one first; the loss comes between in the visit that is the turn. At
 * its end a layer measures each shard, before the turn by measure() and from the turn on by measure_backward(); the next
 * visit begins with that layer. A network whose layers measure nothing has one visit. */
typedef struct cnn_visit {
    bool gathers;     /* the first */
    size_t begin, end; /* nodes [begin, end) go forward */
    size_t low, high;  /* nodes [low, high) go backward */
    size_t measuring;  /* the node that measures; CNN_NO_NODE in the last visit */
} cnn_visit;

/* One call of a second phase. */
typedef struct cnn_part {
    size_t node;
    uint64_t part;
} cnn_part;

typedef struct cnn_plan {
    const cnn_network *network;
    bool training;
    cnn_node_plan *nodes;
    cnn_layout layouts[2]; /* of an evaluation; of a training */
    size_t scratch_bytes;  /* of a worker */
    size_t pieced;         /* nodes [0, pieced) take a shard in pieces */
    uint64_t piece;        /* samples in one */
    size_t lowest;         /* the first node with a backward; node_count where none has */
    uint64_t batch_size, batch_shards;
    uint64_t epoch_steps;  /* of one pass over the training data */
    size_t group_count;
    cnn_part *parts;
    size_t part_count;
    uint64_t reduce_blocks;
    cnn_visit *visits;     /* of a step */
    size_t visit_count, turn;
    cnn_visit evaluation;  /* all nodes forward */
    uint64_t measured_size; /* doubles a shard, of the layer that measures most */
    uint64_t totals_size;  /* doubles of all layers, both ways */
    cnn_update update; /* in training */
} cnn_plan;

/* NULL with a fault of CNN_EXIT_PLUGIN where the optimizer breaks its contract. The caller frees. */
CNN_MUST_CHECK cnn_plan *cnn_plan_new(const cnn_pipeline *pipeline, const cnn_network *network,
                                      const cnn_data *data, bool training, cnn_report *report);
void cnn_plan_free(cnn_plan *plan);

/* Whether a training wants the gradient by input i of the node. */
bool cnn_plan_wants(const cnn_plan *plan, const cnn_node *node, size_t i);
/* Whether a node that ran before in backward has written the gradient by input i of node n, so that this one's is added:
 * a later reader of the tensor, or this node for an input before i. */
bool cnn_plan_adds(const cnn_plan *plan, size_t n, size_t i);

/* Fills the layout, which is zeroed before. What else there is in a plan is decided by then. */
void cnn_layout_make(const cnn_plan *plan, cnn_layout *layout, bool training);
void cnn_layout_free(cnn_layout *layout);

/* The length of a worker's arena, in floats. */
uint64_t cnn_plan_arena(const cnn_plan *plan);
/* Bytes of all arenas of a training with so many workers; and the least that it could do with: the largest sum
 * of what lives in one moment. */
void cnn_plan_memory(const cnn_plan *plan, size_t threads, uint64_t *bytes, uint64_t *minimum);

#endif
