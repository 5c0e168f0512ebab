/* pipeline.c - reads a pipeline's tree into instances and settings, by the tables, and checks what
 * spans several keys. */
#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/tables.h"

#define ACCURACY "accuracy" /* is measured in each pipeline whose targets are classes */

static bool is_null(const cnn_yaml *node)
{
    return !node || node->type == CNN_YAML_NULL;
}

/* ---- layers --------------------------------------------------------------------------------- */

/* `name` of the last layer. */
static void read_layer_name(cnn_pipeline *p, cnn_report *report)
{
    cnn_layer_spec *spec = &p->layers[p->layer_count - 1];
    const cnn_yaml *node = cnn_yaml_get(spec->given, "name");
    if (is_null(node))
        return;
    if (node->type != CNN_YAML_STRING || !cnn_is_run_name(node->text)) {
        char *seen = cnn_yaml_describe(node);
        cnn_report_add(
            report, CNN_EXIT_PIPELINE, node->mark,
            "a layer's name is %s; it must match [A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 long",
            seen);
        free(seen);
        return;
    }
    for (size_t i = 0; i + 1 < p->layer_count; i++) {
        const char *other = p->layers[i].name;
        if (other && strcmp(other, node->text) == 0)
            cnn_report_add(report, CNN_EXIT_PIPELINE, node->mark,
                           "two layers have the name '%s'; names must differ", other);
    }
    spec->name = cnn_strdup(node->text);
}

static void note_given(const cnn_yaml *node, cnn_mark *mark, bool *given)
{
    *given = !is_null(node);
    if (*given)
        *mark = node->mark;
}

/* Whose outputs a layer takes; places[i] is where the output of layer i of the graph comes from. */
static void take_inputs(cnn_layer_spec *spec, const cnn_graph_layer *layer, const size_t *places)
{
    spec->input_count = layer->input_count;
    spec->uses = layer->uses;
    for (size_t i = 0; i < layer->input_count; i++)
        spec->inputs[i] = layer->inputs[i] == CNN_IMAGES ? CNN_IMAGES : places[layer->inputs[i]];
}

/* The activation of the layer before it, which alone takes that one's output. */
static void add_activation(cnn_pipeline *p, cnn_layer_spec *spec)
{
    cnn_layer_spec *own = &p->layers[p->layer_count];
    *own = (cnn_layer_spec){.layer = spec->own_activation,
                            .activation = true,
                            .index = p->layer_count,
                            .inputs = {spec->index},
                            .input_count = 1,
                            .uses = spec->uses,
                            .trainable = spec->trainable};
    memcpy(own->lr_mult, spec->lr_mult, sizeof own->lr_mult);
    memcpy(own->decay_mult, spec->decay_mult, sizeof own->decay_mult);
    spec->uses = 1;
    p->layer_count++;
}

/* Makes a layer of its own of each layer's activation, and reads the layers' names and inputs. */
static void spread_layers(cnn_pipeline *p, const cnn_graph *graph, cnn_report *report)
{
    cnn_layer_spec *read = p->layers;
    const size_t count = p->layer_count;
    size_t *places = cnn_alloc(count, sizeof *places); /* of each layer's output */
    p->layers = cnn_param_keep(&p->memory, cnn_alloc(2 * count, sizeof *p->layers));
    p->layer_count = 0;
    for (size_t i = 0; i < count; i++) {
        cnn_layer_spec *spec = &p->layers[p->layer_count++];
        *spec = read[i];
        spec->index = p->layer_count - 1;
        take_inputs(spec, &graph->layers[i], places);
        read_layer_name(p, report);
        note_given(cnn_yaml_get(spec->given, "kernel_initializer"), &spec->kernel_mark,
                   &spec->kernel_given);
        note_given(cnn_yaml_get(spec->given, "bias_initializer"), &spec->bias_mark,
                   &spec->bias_given);
        spec->activated = spec->own_activation != NULL;
        if (spec->activated)
            add_activation(p, spec);
        places[i] = p->layer_count - 1;
        spec->own_activation = NULL;
        spec->given = NULL; /* the tree may go */
    }
    free(places);
}

/* "conv2d", "conv2d_1", ... for the layers that were given no name. */
static void name_layers(cnn_pipeline *p)
{
    for (size_t i = 0; i < p->layer_count; i++) {
        if (p->layers[i].name || !p->layers[i].layer)
            continue;
        const char *base = p->layers[i].layer->file->head.name;
        char *name = cnn_strdup(base);
        for (size_t number = 1, j = 0; j < p->layer_count; j++) {
            if (!p->layers[j].name || strcmp(p->layers[j].name, name) != 0)
                continue;
            free(name);
            name = cnn_format("%s_%zu", base, number++);
            j = (size_t)-1; /* look through all again */
        }
        p->layers[i].name = name;
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void check_name(const cnn_pipeline *p, const cnn_yaml *root, cnn_report *report)
{
    if (p->name && !cnn_is_run_name(p->name))
        cnn_report_add(report, CNN_EXIT_PIPELINE, cnn_yaml_get(root, "name")->mark,
                       "name is '%s'; it must match [A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 long, "
                       "since it becomes a folder",
                       p->name);
}

static void check_data(const cnn_yaml *data, cnn_report *report)
{
    if (data && data->type == CNN_YAML_MAP && is_null(cnn_yaml_get(data, "test")) &&
        is_null(cnn_yaml_get(data, "validation")))
        cnn_report_add(report, CNN_EXIT_PIPELINE, data->mark,
                       "data: 'test' is missing; it must be a dataset (or give 'validation')");
}

/* The tree with the list of layers that the graph has; NULL where there is no list. */
static cnn_yaml *write_out(const cnn_yaml *root, cnn_graph *graph, cnn_report *report)
{
    const cnn_yaml *layers = cnn_yaml_get(cnn_yaml_get(root, "network"), "layers");
    if (!layers || layers->type != CNN_YAML_LIST)
        return NULL;
    cnn_graph_read(graph, layers, report);
    cnn_yaml *flat = cnn_yaml_copy(root);
    cnn_yaml_put(cnn_yaml_get(flat, "network"), "layers", graph->list);
    graph->list = NULL; /* the tree has it */
    return flat;
}

static void check_length(const cnn_yaml *train, cnn_report *report)
{
    const cnn_yaml *epochs = cnn_yaml_get(train, "epochs"), *steps = cnn_yaml_get(train, "steps");
    if (!is_null(epochs) && !is_null(steps))
        cnn_report_add(report, CNN_EXIT_PIPELINE, steps->mark,
                       "train: 'epochs' and 'steps' are both given; a training has one of them");
}

/* Makes accuracy the first of the metrics. */
static void put_accuracy(cnn_pipeline *p, cnn_report *report)
{
    const cnn_filling f = {.memory = &p->memory, .report = report, .plugins = p->plugins};
    cnn_instance_spec spec = {.kind = CNN_KIND_METRIC, .name = ACCURACY};
    size_t i = 0;
    while (i < p->metric_count && !cnn_pipeline_is_accuracy(p->metrics[i]))
        i++;
    cnn_instance *accuracy = i < p->metric_count ? p->metrics[i] : cnn_instance_keep(&f, &spec);
    if (!accuracy)
        return;
    if (!p->metrics)
        p->metrics = cnn_param_keep(&p->memory, cnn_alloc(1, sizeof *p->metrics));
    memmove(p->metrics + 1, p->metrics, i * sizeof *p->metrics);
    p->metric_count += i == p->metric_count;
    p->metrics[0] = accuracy;
}

cnn_pipeline *cnn_pipeline_new(cnn_plugins *plugins, const cnn_yaml *root, cnn_report *report)
{
    if (root->type != CNN_YAML_MAP) {
        char *seen = cnn_yaml_describe(root);
        cnn_report_add(
            report, CNN_EXIT_PIPELINE, root->mark,
            "the pipeline is %s; it must be a map with name, data, network, loss, optimizer "
            "and train",
            seen);
        free(seen);
        return NULL;
    }
    cnn_pipeline *p = cnn_alloc(1, sizeof *p);
    p->plugins = plugins;
    const size_t errors = report->errors;
    cnn_graph graph = {0};
    cnn_yaml *flat = write_out(root, &graph, report);
    bool good =
        cnn_host_fill(&cnn_pipeline_table, flat ? flat : root, plugins, p, &p->memory, report);
    put_accuracy(p, report);
    check_name(p, root, report);
    check_data(cnn_yaml_get(root, "data"), report);
    check_length(cnn_yaml_get(root, "train"), report);
    cnn_optimizer_settle(&p->optimizer, report);
    spread_layers(p, &graph, report);
    name_layers(p);
    cnn_graph_free(&graph);
    cnn_yaml_free(flat);
    if (good && report->errors == errors)
        return p;
    cnn_report_sort(report);
    cnn_pipeline_free(p);
    return NULL;
}

void cnn_pipeline_free(cnn_pipeline *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->layer_count; i++)
        free(p->layers[i].name);
    cnn_param_memory_free(&p->memory);
    free(p);
}

cnn_yaml *cnn_pipeline_resolved(const cnn_pipeline *pipeline, const cnn_layer_choice *choices)
{
    cnn_pipeline full = *pipeline; /* with what the network chose */
    full.layers = cnn_alloc(pipeline->layer_count, sizeof *full.layers);
    for (size_t i = 0; i < pipeline->layer_count; i++) {
        cnn_layer_spec *layer = &full.layers[i];
        *layer = pipeline->layers[i];
        layer->has_kernel = choices[i].has_kernel;
        layer->kernel_initializer = choices[i].kernel_initializer;
        layer->bias_initializer = choices[i].bias_initializer;
    }
    cnn_yaml *root = cnn_host_resolved(&cnn_pipeline_table, &full);
    free(full.layers);
    return root;
}

bool cnn_layer_follows(const cnn_layer_spec *layer)
{
    const size_t before = layer->index ? layer->index - 1 : CNN_IMAGES;
    return layer->input_count == 1 && layer->inputs[0] == before;
}

/* Places are counted from this layer, whose array may be a copy. */
const char *cnn_layer_input_name(const cnn_layer_spec *layer, size_t i)
{
    const cnn_layer_spec *first = layer - layer->index;
    if (layer->inputs[i] == CNN_IMAGES)
        return "input";
    const cnn_layer_spec *from = &first[layer->inputs[i]];
    return from->activation ? from[-1].name : from->name;
}

uint64_t cnn_pipeline_epoch_steps(const cnn_pipeline *pipeline, uint64_t samples)
{
    const uint64_t size = (uint64_t)pipeline->train.batch_size;
    return (samples + size - 1) / size;
}

uint64_t cnn_pipeline_steps(const cnn_pipeline *pipeline, uint64_t samples)
{
    const cnn_train_spec *train = &pipeline->train;
    return train->steps != INT64_MIN
               ? (uint64_t)train->steps
               : (uint64_t)train->epochs * cnn_pipeline_epoch_steps(pipeline, samples);
}

bool cnn_pipeline_counts_steps(const cnn_pipeline *pipeline)
{
    return pipeline->train.steps != INT64_MIN || pipeline->train.validate_every != INT64_MIN;
}

bool cnn_pipeline_is_accuracy(const cnn_instance *metric)
{
    const cnn_head *head = &metric->file->head;
    return head->kind == CNN_KIND_METRIC && strcmp(head->name, ACCURACY) == 0;
}

void cnn_pipeline_spare_accuracy(cnn_pipeline *p)
{
    if (p->metrics[0]->mark.file || !cnn_pipeline_is_accuracy(p->metrics[0]))
        return;
    memmove(p->metrics, p->metrics + 1, --p->metric_count * sizeof *p->metrics);
}
