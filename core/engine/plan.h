/* plan.h - what the engine decides before the first step: which tensor lies where, and how work is cut.
 *
 * A plan holds sizes and places, no memory of tensors and nothing that a step changes; the state of a
 * training is in private.h. Tensors between layers are named by their ids (network.h). Nodes run forward
 * in the network's order and backward in the opposite order. */
#ifndef CNN_ENGINE_PLAN_H
#define CNN_ENGINE_PLAN_H

#include "engine/network.h"

#define CNN_PIECE 4u            /* samples; 8 or 16 where pieces would not stay aligned */
#define CNN_REDUCE_BLOCK 4096u  /* floats of gradient that one job adds up */
#define CNN_UPDATE_BLOCK 16384u /* floats of weights that one job of the optimizer takes */
#define CNN_NOT_KEPT SIZE_MAX   /* in place of a storage: nobody needs this gradient */

/* The place of a tensor or of its gradient. Tensors share a storage where layers work in place. A
 * storage is a worker's own and holds a shard, or only a piece of a shard; in a training, a storage that
 * a second phase reads holds the whole batch. */
typedef struct cnn_storage {
    uint64_t size;   /* floats a sample */
    size_t offset;   /* in a worker's arena, in floats */
    bool in_batch;   /* the whole batch lies in it, in training */
    bool whole;      /* a shard lies in it, since nodes that take whole shards use it */
    bool kept;       /* in training a shard lies in it, since backward reads it */
    size_t from, until; /* of a gradient: its first writer and its last reader, as steps of backward */
} cnn_storage;

/* What the plan says of one node. */
typedef struct cnn_node_plan {
    size_t saved_at;        /* bytes, in a worker's `saved` */
    uint64_t statistics_at; /* in a shard's statistics */
    cnn_random stream;      /* of the random numbers it draws */
    bool backward;          /* its weights, or those of a node before it, are trained */
    bool dx;                /* its backward gives the gradient by an input */
} cnn_node_plan;

/* One call of a second phase. */
typedef struct cnn_part {
    size_t node;
    uint64_t part;
} cnn_part;

typedef struct cnn_plan {
    const cnn_network *network;
    bool training;
    cnn_node_plan *nodes;
    /* tensor `id` lies in outputs[output_of[id]], its gradient in gradients[gradient_of[id]] */
    cnn_storage *outputs, *gradients;
    size_t *output_of, *gradient_of;
    size_t output_count, gradient_count;
    size_t spare_at;       /* in a worker's arena, in floats: where the gradient of a further reader of a tensor goes,
                              to be added to those of the readers after it */
    uint64_t arena_floats; /* of a worker; 0: more than can be */
    size_t saved_bytes, scratch_bytes; /* of a worker */
    size_t pieced;         /* nodes [0, pieced) take a shard in pieces */
    uint64_t piece;        /* samples in one */
    size_t lowest;         /* the first node with a backward; node_count where none has */
    uint64_t batch_size, batch_shards;
    size_t group_count;
    cnn_part *parts;
    size_t part_count;
    uint64_t reduce_blocks, update_blocks;
    uint64_t statistics_size; /* doubles a shard */
    cnn_slot slots[CNN_MAX_SLOTS];
    size_t slot_count;
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

#endif
