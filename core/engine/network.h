/* network.h - the layers of a pipeline on given shapes: what each needs, where each tensor lies.
 *
 * Nodes (layers) are joined by tensors. The tensors that flow between nodes are the network's values;
 * the id of such a tensor is its index in `values`. A node names the ids that it reads and the id that
 * it writes, and nothing may be concluded from a node's index but the order: a node stands after the
 * nodes whose tensors it reads.
 *
 * Trained weights lie in one array, `weights`; their gradients lie in one of the same order. Tensors
 * of layers that add to their gradients in backward come first, [0, first_phase); those of layers
 * with a second phase follow. In `moving` lie what has no gradients: moving statistics, what is measured
 * before the first step, and the weights of layers that are not trained. Each tensor starts at a multiple of 16 floats; the gaps are zero and
 * stay zero. */
#ifndef CNN_ENGINE_NETWORK_H
#define CNN_ENGINE_NETWORK_H

#include "engine/data.h"
#include "engine/measures.h"
#include "pipeline/pipeline.h"

/* Of a tensor, or of all weights: 256 GiB is a mistake. */
#define CNN_NETWORK_MAX_FLOATS (UINT64_C(1) << 36)

/* A shard's size: so many samples go through the layers together. Fixed, since sums depend on it; a
 * multiple of 16 keeps every shard's part of a batch 64-byte aligned. */
#define CNN_SHARD 16u

typedef struct cnn_weight_tensor {
    char *name;       /* "conv2d/kernel" */
    cnn_weight spec;
    bool in_moving;   /* it lies in `moving` */
    bool trained;     /* the optimizer moves it */
    double lr_mult, decay_mult;
    uint64_t offset;  /* in floats, into `weights` or `moving` */
    uint64_t count;   /* elements */
    const cnn_instance *initializer; /* owned by the pipeline's spec or by the network */
} cnn_weight_tensor;

#define CNN_NO_NODE SIZE_MAX /* the producer of the network's input */

/* A tensor that flows between nodes; its index in `values` is its id. */
typedef struct cnn_value {
    cnn_shape shape;      /* of one sample */
    size_t producer;      /* the node that writes it */
    size_t consumers;     /* number of nodes that read it */
    size_t first_consumer, last_consumer; /* of them; where there are some */
    bool read_back;       /* backward of the producer or of a consumer reads it again */
} cnn_value;

/* A layer in its place. */
typedef struct cnn_node {
    const cnn_layer_spec *spec;
    size_t absorbed;      /* so many of the specs behind it this layer computes itself */
    bool rectified;       /* the output is a relu's, or maxima of one: 0 where nothing was above */
    const cnn_layer *layer;
    void *self;
    cnn_layer_plan plan;
    size_t input[CNN_MAX_INPUTS], input_count; /* ids of the tensors that it reads */
    size_t output;        /* id of the tensor that it writes */
    size_t first_tensor;  /* its weights are tensors[first_tensor ...] of the network */
    bool whole;           /* it wants whole shards: it has a second phase, or would have one if it were trained */
    bool in_place;        /* its output overwrites its input */
    bool in_place_gradient;
} cnn_node;

typedef struct cnn_network {
    cnn_node *nodes;
    size_t node_count;
    cnn_value *values;    /* the tensors between nodes, by id */
    size_t value_count;
    size_t input, output; /* ids: what is gathered from the data, and what the loss is computed from */
    cnn_weight_tensor *tensors; /* of weights */
    size_t tensor_count;
    uint64_t weight_floats, first_phase, moving_floats; /* lengths with gaps */
    uint64_t parameters;  /* trained, without gaps */
    uint64_t moving_parameters;
    double flops;         /* forward, one sample */
    float *weights, *moving;
    cnn_layer_choice *choices; /* for each layer of the pipeline, absorbed or not */
    cnn_instance **made;  /* initializers that the pipeline's layers did not give */
    size_t made_count;
    uint64_t outputs;     /* floats of the output */
    uint64_t classes;     /* as many, or 0 where the targets are vectors */
    bool training;        /* it may be trained */
    bool probabilities;   /* the output is a softmax's */
    cnn_measures measures; /* what is measured of the output */
} cnn_network;

/* Offers layers to those before them that may do them too, infers shapes, asks each layer for its plan
 * and checks it, and finds initializers (`choices` tells which). Without `training` the network can only be
 * evaluated. The network keeps pointers into
 * `pipeline`. Faults: CNN_EXIT_PIPELINE at the layer that does not fit, CNN_EXIT_PLUGIN
 * where a layer breaks its contract. */
CNN_MUST_CHECK cnn_network *cnn_network_new(const cnn_pipeline *pipeline, const cnn_data *data,
                                            bool training, cnn_report *report);
void cnn_network_free(cnn_network *network);

/* Makes room for the weights, zeroed, where there is none yet; a dry run of a network too large for this
 * machine goes without. Fault: CNN_EXIT_SYSTEM. */
CNN_MUST_CHECK bool cnn_network_allocate(cnn_network *network, cnn_report *report);

/* Allocates, and fills all weights from their initializers. */
CNN_MUST_CHECK bool cnn_network_initialize(cnn_network *network, uint64_t seed, cnn_report *report);

/* What the tensor's initializer gives, into weights[0 .. tensor->count). */
CNN_MUST_CHECK bool cnn_network_fill(const cnn_weight_tensor *tensor, uint64_t seed, float *weights,
                                     cnn_report *report);

/* The first float of a tensor. */
float *cnn_network_tensor(const cnn_network *network, const cnn_weight_tensor *tensor);

/* SHA-256 over the little-endian float32 bytes of all tensors, in byte order of their names. */
void cnn_network_sha256(const cnn_network *network, char hex[CNN_SHA256_HEX]);

/* Passes over the training data that layers ask for before the first step. */
uint64_t cnn_network_survey_passes(const cnn_network *network);

/* The table of layers, output shapes, parameters and FLOPs that --dry-run prints. */
void cnn_network_summary(const cnn_network *network, cnn_text *text);

/* The floats that a tensor of weights takes with the gap behind it. */
uint64_t cnn_network_padded(uint64_t count);

/* Floats that the node saves for each sample: saved_bytes, up to a multiple of 4. */
uint64_t cnn_node_saved(const cnn_node *node);

/* Floats of one sample of the tensor with this id. */
uint64_t cnn_network_size(const cnn_network *network, size_t id);

/* Asks a node, whose inputs are there, for its plan, and checks it; node.c, for cnn_network_new. */
CNN_MUST_CHECK bool cnn_node_ask(cnn_node *node, const cnn_network *network, cnn_report *report);

/* Names the weights of all nodes, finds their initializers and gives each its place; weights.c, for
 * cnn_network_new. */
CNN_MUST_CHECK bool cnn_network_lay_out(cnn_network *network, const cnn_pipeline *pipeline,
                                        cnn_report *report);

#endif
