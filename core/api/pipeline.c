/* pipeline.c - pipelines opened from a file or from memory, and what there is to know of them. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
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
        const char *assignment = own->settings[i].assignment, *origin = own->settings[i].origin;
        good = !assignment ||
               cnn_settings_add(&session->settings, assignment, origin ? origin : assignment) ||
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

/* The node at "runs.small" of a document, or NULL. */
static const cnn_yaml *node_at(const cnn_yaml *root, const char *path)
{
    char *copy = cnn_strdup(path), *rest = copy, *key;
    while (root && (key = strtok_r(rest, ".", &rest)))
        root = cnn_yaml_get(root, key);
    free(copy);
    return root;
}

/* Each entry of a map in a document is a setting. */
static bool apply_map(cnn_yaml *root, const cnnrun_setting *setting, const char *origin,
                      cnn_report *report)
{
    cnn_yaml *document = cnn_yaml_parse(setting->yaml, strlen(setting->yaml), origin, report);
    const cnn_yaml *map = setting->at ? node_at(document, setting->at) : document;
    bool good = document != NULL;
    if (good && (!map || map->type != CNN_YAML_MAP))
        good = cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE, "%s: there is no map at '%s'",
                              origin, setting->at ? setting->at : "");
    for (size_t i = 0; good && i < map->count; i++)
        good = cnn_yaml_set_node(root, map->keys[i]->text, cnn_yaml_copy(map->items[i]),
                                 map->keys[i]->mark, report);
    cnn_yaml_free(document);
    return good;
}

/* Marks point to the origins, so the pipeline keeps them. */
static bool apply(cnnrun_pipeline *pipeline, cnn_yaml *root, const cnnrun_options *options,
                  const cnn_settings *settings, cnn_report *report)
{
    const cnn_setting *next = settings->items; /* those that are assignments, in their order */
    bool good = true;
    for (size_t i = 0; i < options->setting_count; i++) {
        const cnnrun_setting *s = &options->settings[i];
        const char *origin = s->origin ? s->origin : s->assignment ? s->assignment : "settings";
        origin = cnn_strings_keep(&pipeline->strings, cnn_strdup(origin));
        if (s->assignment) {
            good = cnn_yaml_set(root, next->path, next->value, origin, report) && good;
            next++;
        } else if (s->yaml)
            good = apply_map(root, s, origin, report) && good;
        else
            good = cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                                  "setting %zu has neither an assignment nor yaml", i + 1);
    }
    return good;
}

/* `text` NULL: from the file called `name`. */
static cnnrun_pipeline *open_from(const char *text, size_t size, const char *name,
                                  const cnnrun_options *given, cnn_report *report)
{
    cnnrun_options options;
    cnn_session_options session;
    if (!cnn_api_options(&options, &session, given, report))
        return NULL;
    cnnrun_pipeline *pipeline = cnn_alloc(1, sizeof *pipeline);
    const char *file = cnn_strings_keep(&pipeline->strings, cnn_strdup(name));
    cnn_yaml *root = text ? cnn_yaml_parse(text, size, file, report) : cnn_yaml_read(file, report);
    bool good = root && apply(pipeline, root, &options, &session.settings, report);
    if (good)
        good = cnn_session_open_tree(&pipeline->session, file, root, &session, report);
    else
        cnn_yaml_free(root);
    pipeline->threads = options.threads;
    cnn_api_options_free(&session);
    if (good)
        return pipeline;
    cnn_api_pipeline_free(pipeline);
    return NULL;
}

static cnnrun_pipeline *open_locked(const char *text, size_t size, const char *name,
                                    const cnnrun_options *options, cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnn_call_lock();
    cnnrun_pipeline *pipeline = open_from(text, size, name, options, call.report);
    cnn_call_unlock();
    cnn_call_end(&call, pipeline != NULL);
    return pipeline;
}

cnnrun_pipeline *cnnrun_pipeline_open(const char *path, const cnnrun_options *options,
                                      cnnrun_error *error)
{
    return open_locked(NULL, 0, path, options, error);
}

cnnrun_pipeline *cnnrun_pipeline_parse(const char *text, size_t size, const char *name,
                                       const cnnrun_options *options, cnnrun_error *error)
{
    return open_locked(text, size, name, options, error);
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

bool cnnrun_pipeline_facts(const cnnrun_pipeline *pipeline, cnnrun_facts *facts)
{
    if (!pipeline)
        return false;
    const cnn_session *session = &pipeline->session;
    const cnn_pipeline *p = session->pipeline;
    const cnn_data *data = &session->data;
    const cnnrun_facts seen = {.name = p->name,
                               .loss = p->loss->file->head.name,
                               .optimizer = p->optimizer->file->head.name,
                               .seed = p->seed,
                               .epochs = (uint64_t)p->train.epochs,
                               .batch_size = (uint64_t)p->train.batch_size,
                               .threads = cnn_session_threads(session, (size_t)pipeline->threads),
                               .parameters = session->network->parameters,
                               .train = data->train.count,
                               .validation = data->validation.count,
                               .test = data->test.count,
                               .has_validation =
                                   p->validation_data.dataset || p->validation_fraction > 0,
                               .metric_count = p->metric_count};
    return cnn_struct_give(facts, &seen, sizeof seen);
}

const char *cnnrun_pipeline_metric(const cnnrun_pipeline *pipeline, size_t i)
{
    return pipeline && i < pipeline->session.pipeline->metric_count
               ? cnn_pipeline_metric_name(pipeline->session.pipeline, i)
               : NULL;
}

bool cnnrun_pipeline_input(const cnnrun_pipeline *pipeline, cnnrun_input *input)
{
    if (!pipeline)
        return false;
    const cnn_dataset_view *view = &pipeline->session.data.train.view;
    cnnrun_input seen = {.rank = view->shape.rank,
                         .size = cnn_shape_count(&view->shape),
                         .classes = pipeline->session.network->classes,
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
    if (!*name)
        *name = cnn_strings_keep(&pipeline->strings,
                                 cnn_format("%llu", (unsigned long long)class_number));
    return *name;
}
