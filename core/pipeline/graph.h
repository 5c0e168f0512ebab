/* graph.h - the layers of a pipeline as a flat list: blocks written out, and the inputs of each layer by number.
 *
 * A layer takes the output of the layer before it, or of those that its `inputs` name. Two blocks may stand where a
 * layer may stand, in each other too:
 *   repeat: {times: 3, layers: [...]}   its layers that many times; a name inside means the layer of the same copy,
 *                                       and is written out as NAME_1, NAME_2, ...
 *   residual: {layers: [...], shortcut: [...], activation: NAME, name: NAME}
 *                                       both lists take what the layer before gives; then a layer `add` of both ends,
 *                                       which has the activation and the name. No shortcut: the identity */
#ifndef CNN_PIPELINE_GRAPH_H
#define CNN_PIPELINE_GRAPH_H

#include <cnnrun/layer.h>

#include "yaml/tree.h"

#define CNN_IMAGES SIZE_MAX /* in place of a layer's number: the images themselves */
#define CNN_MAX_LAYERS 1000

typedef struct cnn_graph_layer {
    size_t inputs[CNN_MAX_INPUTS]; /* numbers of layers before it, or CNN_IMAGES */
    size_t input_count;
    size_t uses; /* the number of layers that take its output */
} cnn_graph_layer;

typedef struct cnn_graph {
    cnn_yaml *list; /* the layers, as the pipeline has them, less the blocks */
    cnn_graph_layer *layers;
    size_t count, capacity;
} cnn_graph;

/* Writes out a list of layers. Goes on after faults, CNN_EXIT_PIPELINE, so that there is a list in any case; free
 * it. A list of more than CNN_MAX_LAYERS layers is cut off after one more, and its reader refuses it. */
void cnn_graph_read(cnn_graph *graph, const cnn_yaml *layers, cnn_report *report);
void cnn_graph_free(cnn_graph *graph);

#endif
