/* pipeline.c - pipelines opened from a file or from memory, and what there is to know of them. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/tree.h"
#include "base/memory.h"
#include "base/text.h"

bool cnn_api_options(cnnrun_options *own, cnn_session_options *session, const cnnrun_options *given,
                     cnn_report *report)
{
    *own = (cnnrun_options){0};
    *session = (cnn_session_options){0};
    if (!cnn_struct_take(own, sizeof *own, given, "cnnrun_options", report))
        return false;
    *session = (cnn_session_options){.plugin_paths = own->plugin_paths,
                                     .plugin_path_count = own->plugin_path_count};
    bool good = true;
    for (size_t i = 0; i < own->setting_count && good; i++) {
        const cnnrun_setting *setting = &own->settings[i];
        const char *assignment = setting->assignment ? setting->assignment : "";
        good = cnn_settings_add(&session->settings, assignment,
                                setting->origin ? setting->origin : assignment) ||
               cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "setting %zu is '%s'; it must be PATH=VALUE", i + 1, assignment);
    }
    if (!good)
        cnn_api_options_free(session);
    return good;
}

void cnn_api_options_free(cnn_session_options *session)
{
    cnn_settings_free(&session->settings);
}

/* What a pipeline is opened from: a tree, which is taken over, else text, else the file `name`. */
typedef struct source {
    cnn_yaml *tree;
    const char *text;
    size_t size;
    const char *name;
} source;

static cnnrun_pipeline *open_from(const source *from, const cnnrun_options *given,
                                  cnn_report *report)
{
    cnnrun_options options;
    cnn_session_options session;
    if (!cnn_api_options(&options, &session, given, report)) {
        cnn_yaml_free(from->tree);
        return NULL;
    }
    cnnrun_pipeline *pipeline = cnn_alloc(1, sizeof *pipeline);
    pipeline->threads = options.threads;
    pipeline->settings = session.settings; /* marks point to the origins, and to the name */
    const char *name = cnn_strings_keep(&pipeline->strings, cnn_strdup(from->name));
    cnn_yaml *root = from->tree   ? from->tree
                     : from->text ? cnn_yaml_parse(from->text, from->size, name, report)
                                  : cnn_yaml_read(name, report);
    bool good = root && cnn_settings_apply(&session.settings, CNN_SETTING_FIRST, root, report);
    if (good)
        good = cnn_session_open_tree(&pipeline->session, name, root, &session, report);
    else
        cnn_yaml_free(root);
    if (good)
        return pipeline;
    cnn_api_pipeline_free(pipeline);
    return NULL;
}

static cnnrun_pipeline *open_locked(const source *from, const cnnrun_options *options,
                                    cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnn_call_lock();
    cnnrun_pipeline *pipeline = open_from(from, options, call.report);
    cnn_call_unlock();
    cnn_call_end(&call, pipeline != NULL);
    return pipeline;
}

cnnrun_pipeline *cnnrun_pipeline_open(const char *path, const cnnrun_options *options,
                                      cnnrun_error *error)
{
    return open_locked(&(source){.name = path}, options, error);
}

cnnrun_pipeline *cnnrun_pipeline_parse(const char *text, size_t size, const char *name,
                                       const cnnrun_options *options, cnnrun_error *error)
{
    return open_locked(&(source){.text = text, .size = size, .name = name}, options, error);
}

cnnrun_pipeline *cnn_tree_open(cnn_yaml *root, const char *name, const cnnrun_options *options,
                               cnnrun_error *error)
{
    return open_locked(&(source){.tree = root, .name = name}, options, error);
}

void cnn_api_pipeline_free(cnnrun_pipeline *pipeline)
{
    cnn_session_close(&pipeline->session);
    cnn_strings_free(&pipeline->strings);
    cnn_settings_free(&pipeline->settings);
    free(pipeline->classes);
    free(pipeline);
}

void cnnrun_pipeline_close(cnnrun_pipeline *pipeline)
{
    if (!pipeline)
        return;
    cnn_call_lock();
    cnn_api_pipeline_free(pipeline);
    cnn_call_unlock();
}

const char *cnnrun_pipeline_text(const cnnrun_pipeline *pipeline)
{
    return pipeline ? pipeline->session.resolved : NULL;
}

const char *cnnrun_pipeline_network(cnnrun_pipeline *pipeline)
{
    if (pipeline && !pipeline->network) {
        cnn_text text = {0};
        cnn_network_summary(pipeline->session.network, &text);
        pipeline->network = cnn_strings_keep(&pipeline->strings, text.data);
    }
    return pipeline ? pipeline->network : NULL;
}

/* The number of the layer that a node belongs to: an activation belongs to the layer before it. */
static uint64_t layer_of(const cnn_network *network, size_t node)
{
    uint64_t number = 0;
    for (size_t n = 1; node != CNN_NO_NODE && n <= node; n++)
        number += !network->nodes[n].spec->activation;
    return node == CNN_NO_NODE ? CNNRUN_IMAGES : number;
}

/* Adds what a node is to its layer. */
static void add_node(const cnn_network *network, const cnn_node *node, cnnrun_layer *layer,
                     cnn_text *plugins)
{
    const cnn_shape *output = &node->plan.output;
    for (size_t k = 0; k <= node->absorbed; k++)
        cnn_text_add(plugins, "%s%s", plugins->length ? " + " : "",
                     node->spec[k].layer->file->head.name);
    for (uint64_t w = 0; w < node->plan.weight_count; w++)
        layer->parameters += network->tensors[node->first_tensor + w].count;
    layer->rank = output->rank;
    memcpy(layer->dim, output->dim, sizeof layer->dim);
}

bool cnnrun_pipeline_layer(cnnrun_pipeline *pipeline, size_t i, cnnrun_layer *layer)
{
    _Static_assert(CNNRUN_MAX_INPUTS >= CNN_MAX_INPUTS, "room for all inputs");
    const cnn_network *network = pipeline ? pipeline->session.network : NULL;
    size_t n = 0;
    while (network && n < network->node_count && layer_of(network, n) < i)
        n++;
    if (!network || n == network->node_count)
        return false;
    const cnn_node *first = &network->nodes[n];
    cnnrun_layer seen = {.name = first->spec->name, .input_count = first->input_count};
    cnn_text plugins = {0};
    for (size_t k = 0; k < first->input_count; k++)
        seen.inputs[k] = layer_of(network, network->values[first->input[k]].producer);
    for (; n < network->node_count && layer_of(network, n) == i; n++)
        add_node(network, &network->nodes[n], &seen, &plugins);
    seen.plugins = cnn_strings_keep(&pipeline->strings, plugins.data);
    return cnn_struct_give(layer, &seen, sizeof seen);
}

bool cnnrun_pipeline_facts(const cnnrun_pipeline *pipeline, cnnrun_facts *facts)
{
    if (!pipeline)
        return false;
    const cnn_session *session = &pipeline->session;
    const cnn_pipeline *p = session->pipeline;
    const cnn_data *data = &session->data;
    const uint64_t epoch_steps = cnn_pipeline_epoch_steps(p, data->train.count),
                   steps = cnn_pipeline_steps(p, data->train.count);
    const cnnrun_facts seen = {.name = p->name,
                               .loss = p->loss->file->head.name,
                               .optimizer = p->optimizer.instance->file->head.name,
                               .seed = p->seed,
                               .epochs = p->train.steps == INT64_MIN ? (uint64_t)p->train.epochs
                                         : epoch_steps ? (steps + epoch_steps - 1) / epoch_steps
                                                       : 0,
                               .batch_size = (uint64_t)p->train.batch_size,
                               .threads = cnn_session_threads(session, (size_t)pipeline->threads),
                               .parameters = session->network->parameters,
                               .train = data->train.count,
                               .validation = data->validation.count,
                               .test = data->test.count,
                               .has_validation =
                                   p->validation_data.dataset || p->validation_fraction > 0,
                               .metric_count = session->network->measures.values,
                               .steps = steps,
                               .steps_per_epoch = epoch_steps};
    return cnn_struct_give(facts, &seen, sizeof seen);
}

const char *cnnrun_pipeline_metric(const cnnrun_pipeline *pipeline, size_t i)
{
    const cnn_measures *measures = pipeline ? &pipeline->session.network->measures : NULL;
    return measures && i < measures->values ? measures->names[i] : NULL;
}

bool cnnrun_pipeline_input(const cnnrun_pipeline *pipeline, cnnrun_input *input)
{
    if (!pipeline)
        return false;
    const cnn_dataset_view *view = &pipeline->session.data.train.view;
    cnnrun_input seen = {.rank = view->shape.rank,
                         .size = cnn_shape_count(&view->shape),
                         .classes = pipeline->session.network->classes,
                         .outputs = pipeline->session.network->outputs,
                         .scale = view->scale,
                         .offset = view->offset,
                         .bytes = view->element == CNN_ELEMENT_U8,
                         .probabilities = pipeline->session.network->probabilities};
    _Static_assert(sizeof seen.dim == sizeof view->shape.dim, "as many extents as a shape has");
    memcpy(seen.dim, view->shape.dim, sizeof seen.dim);
    return cnn_struct_give(input, &seen, sizeof seen);
}

const char *cnnrun_pipeline_class(cnnrun_pipeline *pipeline, uint64_t class_number)
{
    const uint64_t classes = pipeline ? pipeline->session.network->classes : 0;
    if (class_number >= classes)
        return NULL;
    if (!pipeline->classes)
        pipeline->classes = cnn_alloc(classes, sizeof *pipeline->classes);
    const char **name = &pipeline->classes[class_number];
    const char *const *own = pipeline->session.data.train.view.names;
    if (!*name && own)
        *name = cnn_strings_keep(&pipeline->strings, cnn_strdup(own[class_number]));
    if (!*name)
        *name = cnn_strings_keep(&pipeline->strings,
                                 cnn_format("%llu", (unsigned long long)class_number));
    return *name;
}
