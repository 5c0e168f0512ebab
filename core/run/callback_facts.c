/* callback_facts.c - what callbacks see of a training before it begins: its network, its columns,
 * its sizes. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "run/callbacks_private.h"

static void observe_network(cnn_callbacks *c)
{
    const cnn_network *network = c->network;
    c->layers = cnn_alloc(network->node_count, sizeof *c->layers);
    c->tensors = cnn_alloc(network->tensor_count, sizeof *c->tensors);
    for (size_t n = 0; n < network->node_count; n++) {
        const cnn_node *node = &network->nodes[n];
        c->layers[n] = (cnn_observed_layer){.name = node->spec->name,
                                            .plugin = node->spec->layer->file->head.name,
                                            .input = network->values[node->input[0]].shape,
                                            .output = node->plan.output,
                                            .first_tensor = node->first_tensor,
                                            .tensor_count = node->plan.weight_count,
                                            .rectified = node->rectified};
    }
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        c->tensors[i] = (cnn_observed_tensor){.name = tensor->name,
                                              .shape = tensor->spec.shape,
                                              .count = tensor->count,
                                              .role = (uint32_t)tensor->spec.role,
                                              .trained = tensor->trained};
    }
    c->seen.layers = c->layers;
    c->seen.layer_count = network->node_count;
    c->seen.tensors = c->tensors;
    c->seen.tensor_count = network->tensor_count;
    c->seen.classes = network->classes;
    c->seen.probabilities = network->probabilities;
}

/* The columns of metrics.csv, without those that say where a row stands, the epoch and the step. */
static void observe_columns(cnn_callbacks *c)
{
    const cnn_row_form form = cnn_measures_form(&c->network->measures);
    c->columns = cnn_row_names(&form, &c->column_count);
    c->seen.columns = (const char *const *)c->columns + 1;
    c->seen.column_count = c->column_count - 1;
}

void cnn_callbacks_observe(cnn_callbacks *c, const char *resolved)
{
    const uint64_t samples = c->data->train.count;
    const uint64_t epoch_steps = cnn_pipeline_epoch_steps(c->pipeline, samples),
                   steps = cnn_pipeline_steps(c->pipeline, samples);
    c->seen = (cnn_observed){.struct_size = sizeof c->seen,
                             .host = c,
                             .pipeline = resolved,
                             .loss = c->pipeline->loss->file->head.name,
                             .seed = (uint64_t)c->pipeline->seed,
                             .epochs = (steps + epoch_steps - 1) / epoch_steps,
                             .steps_per_epoch = epoch_steps,
                             .batch_size = (uint64_t)c->pipeline->train.batch_size,
                             .train_samples = samples,
                             .validation_samples = c->data->validation.count,
                             .own_validation = c->data->has_validation,
                             .total_steps = steps};
    observe_network(c);
    observe_columns(c);
    cnn_callbacks_offer(&c->seen);
}
