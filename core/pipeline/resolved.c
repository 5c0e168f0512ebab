/* resolved.c - the settings' tables, and the pipeline written back with every default. */
#include <math.h>
#include <stdlib.h>

#include "pipeline/pipeline.h"
#include "pipeline/tables.h"

#define TABLE(NAME, PARAMS, STRUCT)                                                                \
    {                                                                                              \
        .struct_size = sizeof(cnn_head), .param_size = sizeof(cnn_param), .name = NAME,            \
        .params = PARAMS, .self_size = sizeof(STRUCT)                                              \
    }

static const cnn_param title_params[] = {
    CNN_PARAM(cnn_table_title_self, name, CNN_STRING, NULL, 0, 0, 0, "names the run's folder"),
    CNN_PARAM(cnn_table_title_self, seed, CNN_INTEGER, "1", 0, 0x1p53, 0, "of all random numbers"),
    CNN_PARAM_END};
const cnn_head cnn_table_title = TABLE("pipeline", title_params, cnn_table_title_self);

typedef struct data_self {
    int64_t limit;
} data_self;
static const cnn_param data_params[] = {CNN_PARAM(data_self, limit, CNN_INTEGER, "null", 1,
                                                  INFINITY, CNN_NULLABLE,
                                                  "use the first N samples only"),
                                        CNN_PARAM_END};
const cnn_head cnn_table_data = TABLE("data", data_params, data_self);

static const char *const nonfinite_choices[] = {"stop", "continue", NULL};
static const cnn_param train_params[] = {
    CNN_PARAM(cnn_train_spec, epochs, CNN_INTEGER, "1", 1, 1e6, 0, "passes over the training data"),
    CNN_PARAM(cnn_train_spec, batch_size, CNN_INTEGER, "32", 1, 1e6, 0, "samples a step"),
    CNN_PARAM_BOOL(cnn_train_spec, shuffle, "true", "a new order of samples each epoch"),
    CNN_PARAM_CHOICE(cnn_train_spec, on_nonfinite, "stop", nonfinite_choices,
                     "what to do when the loss is not finite"),
    CNN_PARAM(cnn_train_spec, threads, CNN_INTEGER, "null", 1, 1024, CNN_NULLABLE,
              "worker threads; null: the CPUs allowed to the process"),
    CNN_PARAM_END};
const cnn_head cnn_table_train = TABLE("train", train_params, cnn_train_spec);

static const cnn_param checkpoint_params[] = {
    CNN_PARAM(cnn_checkpoint_spec, every_steps, CNN_INTEGER, "null", 1, INFINITY, CNN_NULLABLE,
              "steps from one checkpoint to the next within an epoch; null: by time alone"),
    CNN_PARAM(cnn_checkpoint_spec, every_seconds, CNN_REAL, "60", 0, 1e9, 0,
              "seconds from one to the next, but at least 50 times what the last one took to "
              "write; 0: not by time"),
    CNN_PARAM(cnn_checkpoint_spec, keep, CNN_INTEGER, "2", 1, CNN_CHECKPOINT_MOST, 0,
              "files that stay, the newest one and those before it"),
    CNN_PARAM_END};
const cnn_head cnn_table_checkpoint = TABLE("checkpoint", checkpoint_params, cnn_checkpoint_spec);

static const char *const monitor_choices[] = {"val_loss", "val_accuracy", NULL};
static const cnn_param stopping_params[] = {
    CNN_PARAM_CHOICE(cnn_stopping_spec, monitor, "val_loss", monitor_choices, "what must improve"),
    CNN_PARAM(cnn_stopping_spec, patience, CNN_INTEGER, "0", 0, 1e6, 0,
              "epochs without improvement after which training stops"),
    CNN_PARAM(cnn_stopping_spec, min_delta, CNN_REAL, "0", 0, INFINITY, 0,
              "a smaller change is no improvement"),
    CNN_PARAM_END};
const cnn_head cnn_table_stopping = TABLE("early_stopping", stopping_params, cnn_stopping_spec);

/* The parameters' map inside a resolved plugin; made where the plugin stands as its name alone. */
static cnn_yaml *parameters(cnn_yaml **plugin)
{
    if ((*plugin)->type == CNN_YAML_STRING) {
        cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP);
        cnn_yaml_put(map, (*plugin)->text, cnn_yaml_new(CNN_YAML_MAP));
        cnn_yaml_free(*plugin);
        *plugin = map;
    }
    (*plugin)->items[0]->flow = true;
    return (*plugin)->items[0];
}

static cnn_yaml *resolved_data(const cnn_data_spec *data)
{
    cnn_yaml *node = cnn_instance_resolved(data->dataset);
    if (data->limit != INT64_MIN)
        cnn_yaml_put(parameters(&node), "limit", cnn_yaml_integer(data->limit));
    return node;
}

/* Layer i, and in `activation:` the one behind it where it stands there. */
static cnn_yaml *resolved_layer(const cnn_pipeline *p, size_t i, const cnn_layer_choice *choice)
{
    const cnn_layer_spec *spec = &p->layers[i];
    cnn_yaml *node = cnn_instance_resolved(spec->layer);
    cnn_yaml *map = parameters(&node);
    cnn_yaml_put(map, "name", cnn_yaml_string(spec->name));
    if (choice->kernel_initializer)
        cnn_yaml_put(map, "kernel_initializer", cnn_instance_resolved(choice->kernel_initializer));
    if (choice->bias_initializer)
        cnn_yaml_put(map, "bias_initializer", cnn_instance_resolved(choice->bias_initializer));
    if (i + 1 < p->layer_count && p->layers[i + 1].activation)
        cnn_yaml_put(map, "activation", cnn_instance_resolved(p->layers[i + 1].layer));
    else if (choice->has_kernel)
        cnn_yaml_put(map, "activation", cnn_yaml_string("linear"));
    return node;
}

static cnn_yaml *resolved_network(const cnn_pipeline *p, const cnn_layer_choice *choices)
{
    cnn_yaml *network = cnn_yaml_new(CNN_YAML_MAP), *layers = cnn_yaml_new(CNN_YAML_LIST);
    cnn_yaml_put(network, "initializer",
                 p->initializer ? cnn_instance_resolved(p->initializer)
                                : cnn_yaml_new(CNN_YAML_NULL));
    for (size_t i = 0; i < p->layer_count; i++)
        if (!p->layers[i].activation)
            cnn_yaml_push(layers, resolved_layer(p, i, &choices[i]));
    cnn_yaml_put(network, "layers", layers);
    return network;
}

static cnn_yaml *resolved_datasets(const cnn_pipeline *p)
{
    cnn_yaml *data = cnn_yaml_new(CNN_YAML_MAP);
    cnn_yaml_put(data, "train", resolved_data(&p->train_data));
    if (p->test_data.dataset)
        cnn_yaml_put(data, "test", resolved_data(&p->test_data));
    if (p->validation_data.dataset)
        cnn_yaml_put(data, "validation", resolved_data(&p->validation_data));
    else if (p->validation_fraction > 0)
        cnn_yaml_put(data, "validation", cnn_yaml_real(p->validation_fraction));
    return data;
}

static cnn_yaml *resolved_metrics(const cnn_pipeline *p)
{
    cnn_yaml *metrics = cnn_yaml_new(CNN_YAML_LIST);
    metrics->flow = true;
    cnn_yaml_push(metrics, cnn_yaml_string("accuracy"));
    for (size_t i = 0; i < p->metric_count; i++)
        cnn_yaml_push(metrics, cnn_instance_resolved(p->metrics[i]));
    return metrics;
}

cnn_yaml *cnn_pipeline_resolved(const cnn_pipeline *p, const cnn_layer_choice *choices)
{
    cnn_yaml *root = cnn_yaml_new(CNN_YAML_MAP);
    cnn_yaml_put(root, "name", cnn_yaml_string(p->name));
    cnn_yaml_put(root, "seed", cnn_yaml_integer(p->seed));
    cnn_yaml_put(root, "data", resolved_datasets(p));
    cnn_yaml_put(root, "network", resolved_network(p, choices));
    cnn_yaml_put(root, "loss", cnn_instance_resolved(p->loss));
    cnn_yaml_put(root, "optimizer", cnn_instance_resolved(p->optimizer));
    cnn_yaml_put(root, "schedule", cnn_instance_resolved(p->schedule));
    cnn_yaml_put(root, "metrics", resolved_metrics(p));
    cnn_yaml *train = cnn_param_resolved(&cnn_table_train, &p->train);
    cnn_yaml_put(train, "checkpoint", cnn_param_resolved(&cnn_table_checkpoint, &p->checkpoint));
    if (p->stops_early)
        cnn_yaml_put(train, "early_stopping",
                     cnn_param_resolved(&cnn_table_stopping, &p->early_stopping));
    cnn_yaml_put(root, "train", train);
    return root;
}

const char *cnn_pipeline_metric_name(const cnn_pipeline *pipeline, size_t i)
{
    return pipeline->metrics[i]->file->head.name;
}
