/* pipeline.c - reads a pipeline's tree into instances and settings.
 *
 * The settings under `train` and the like go through parameter tables, so that their types, ranges,
 * defaults and messages are those of every plugin. */
#include "pipeline/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/keys.h"
#include "pipeline/tables.h"
#include "plugin/param_types.h"

#define MAX_LAYERS 1000u

/* What the reading functions share. */
typedef struct reader {
    cnn_pipeline *pipeline;
    cnn_report *report;
} reader;

static bool is_null(const cnn_yaml *node)
{
    return !node || node->type == CNN_YAML_NULL;
}

/* What may stand beside a layer's parameters. */
static const char *const layer_keys[] = {"name", "activation", "kernel_initializer",
                                         "bias_initializer"};
#define LAYER_KEYS (sizeof layer_keys / sizeof layer_keys[0])

/* ---- data ----------------------------------------------------------------------------------- */

static void read_dataset(reader *r, const cnn_yaml *spec, cnn_data_spec *data)
{
    static const char *const own[] = {"limit"};
    const char *name;
    const cnn_yaml *given;
    data->mark = spec->mark;
    if (!cnn_instance_split(spec, CNN_KIND_DATASET, &name, &given, &data->mark, r->report))
        return;
    cnn_keys_fill(&cnn_table_data, given && given->type == CNN_YAML_MAP ? given : NULL, data->mark,
                  &data->limit, own, 1, r->report);
    data->dataset = cnn_keys_make(r->pipeline->plugins, CNN_KIND_DATASET, name, given, data->mark,
                                  own, 1, r->report);
}

static void read_validation(reader *r, const cnn_yaml *node)
{
    cnn_pipeline *p = r->pipeline;
    p->validation_mark = node->mark;
    if (node->type != CNN_YAML_REAL && node->type != CNN_YAML_INTEGER) {
        read_dataset(r, node, &p->validation_data);
        return;
    }
    if (node->real > 0 && node->real < 1)
        p->validation_fraction = node->real;
    else
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, node->mark,
                       "data.validation is %s; it must be a dataset, or a fraction of the training "
                       "data in (0, 1)",
                       node->text);
}

static void read_data(reader *r, const cnn_yaml *root)
{
    static const char *const known[] = {"train", "test", "validation"};
    const cnn_yaml *data = cnn_keys_section(root, "data", r->report);
    if (!data)
        return;
    cnn_keys_refuse(data, "data", known, 3, r->report);
    const cnn_yaml *train = cnn_yaml_get(data, "train"), *test = cnn_yaml_get(data, "test");
    const cnn_yaml *validation = cnn_yaml_get(data, "validation");
    if (train)
        read_dataset(r, train, &r->pipeline->train_data);
    else
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, data->mark,
                       "data: 'train' is missing; it must be a dataset");
    if (!is_null(test))
        read_dataset(r, test, &r->pipeline->test_data);
    if (!is_null(validation))
        read_validation(r, validation);
    if (is_null(test) && is_null(validation))
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, data->mark,
                       "data: 'test' is missing; it must be a dataset (or give 'validation')");
}

/* ---- network -------------------------------------------------------------------------------- */

static cnn_layer_spec *add_layer(cnn_pipeline *p)
{
    p->layers = cnn_realloc(p->layers, p->layer_count + 1, sizeof *p->layers);
    cnn_layer_spec *spec = &p->layers[p->layer_count++];
    memset(spec, 0, sizeof *spec);
    return spec;
}

static void read_layer_name(reader *r, cnn_layer_spec *spec, const cnn_yaml *node)
{
    if (is_null(node))
        return;
    if (node->type != CNN_YAML_STRING || !cnn_is_run_name(node->text)) {
        char *seen = cnn_yaml_describe(node);
        cnn_report_add(
            r->report, CNN_EXIT_PIPELINE, node->mark,
            "a layer's name is %s; it must match [A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 long",
            seen);
        free(seen);
        return;
    }
    for (size_t i = 0; i + 1 < r->pipeline->layer_count; i++) {
        const char *other = r->pipeline->layers[i].name;
        if (other && strcmp(other, node->text) == 0)
            cnn_report_add(r->report, CNN_EXIT_PIPELINE, node->mark,
                           "two layers have the name '%s'; names must differ", other);
    }
    spec->name = cnn_strdup(node->text);
}

static cnn_instance *read_initializer(reader *r, const cnn_yaml *node, cnn_mark *mark, bool *given)
{
    if (is_null(node))
        return NULL;
    *given = true;
    *mark = node->mark;
    return cnn_instance_new(r->pipeline->plugins, CNN_KIND_INITIALIZER, node, r->report);
}

/* `activation: NAME` on a layer: one more layer behind it; null and linear: none. */
static void read_activation(reader *r, const cnn_yaml *node)
{
    const char *name;
    const cnn_yaml *given;
    cnn_mark mark;
    if (is_null(node) ||
        !cnn_instance_split(node, CNN_KIND_LAYER, &name, &given, &mark, r->report) ||
        strcmp(name, "linear") == 0)
        return;
    cnn_layer_spec *spec = add_layer(r->pipeline);
    spec->activation = true;
    spec->layer =
        cnn_instance_make(r->pipeline->plugins, CNN_KIND_LAYER, name, given, mark, r->report);
}

static void read_layer(reader *r, const cnn_yaml *node)
{
    const char *name;
    const cnn_yaml *given;
    cnn_mark mark;
    if (!cnn_instance_split(node, CNN_KIND_LAYER, &name, &given, &mark, r->report))
        return;
    cnn_layer_spec *spec = add_layer(r->pipeline);
    spec->layer = cnn_keys_make(r->pipeline->plugins, CNN_KIND_LAYER, name, given, mark, layer_keys,
                                LAYER_KEYS, r->report);
    read_layer_name(r, spec, cnn_yaml_get(given, "name"));
    spec->kernel_initializer = read_initializer(r, cnn_yaml_get(given, "kernel_initializer"),
                                                &spec->kernel_mark, &spec->kernel_given);
    spec->bias_initializer = read_initializer(r, cnn_yaml_get(given, "bias_initializer"),
                                              &spec->bias_mark, &spec->bias_given);
    read_activation(r, cnn_yaml_get(given, "activation"));
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

static void read_network(reader *r, const cnn_yaml *root)
{
    static const char *const known[] = {"initializer", "layers"};
    const cnn_yaml *network = cnn_keys_section(root, "network", r->report);
    if (!network)
        return;
    cnn_keys_refuse(network, "network", known, 2, r->report);
    const cnn_yaml *initializer = cnn_yaml_get(network, "initializer");
    if (!is_null(initializer))
        r->pipeline->initializer =
            cnn_instance_new(r->pipeline->plugins, CNN_KIND_INITIALIZER, initializer, r->report);
    const cnn_yaml *layers = cnn_yaml_get(network, "layers");
    if (!layers || layers->type != CNN_YAML_LIST || layers->count == 0 ||
        layers->count > MAX_LAYERS) {
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, layers ? layers->mark : network->mark,
                       "network: 'layers' %s; it must be a list of 1 to %u layers",
                       !layers                         ? "is missing"
                       : layers->type != CNN_YAML_LIST ? "is no list"
                       : layers->count                 ? "is too long"
                                                       : "is empty",
                       MAX_LAYERS);
        return;
    }
    for (size_t i = 0; i < layers->count; i++)
        read_layer(r, layers->items[i]);
    name_layers(r->pipeline);
}

/* ---- the rest ------------------------------------------------------------------------------- */

static cnn_instance *read_plugin(reader *r, const cnn_yaml *root, const char *key, uint32_t kind,
                                 const char *fallback)
{
    const cnn_yaml *node = cnn_yaml_get(root, key);
    if (!is_null(node))
        return cnn_instance_new(r->pipeline->plugins, kind, node, r->report);
    if (fallback)
        return cnn_instance_make(r->pipeline->plugins, kind, fallback, NULL, root->mark, r->report);
    cnn_report_add(r->report, CNN_EXIT_PIPELINE, root->mark, "'%s' is missing; it must be %s %s",
                   key, key[0] == 'o' ? "an" : "a", key);
    return NULL;
}

/* True for accuracy, which is no plugin, and for a word that is near to it. */
static bool read_accuracy(reader *r, const cnn_yaml *node, bool *seen)
{
    static const char *const name[] = {"accuracy"};
    if (node->type != CNN_YAML_STRING || !cnn_nearest(node->text, name, 1))
        return false;
    if (strcmp(node->text, name[0]) != 0)
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, node->mark,
                       "metrics: unknown metric '%s'; did you mean 'accuracy'?", node->text);
    else if (*seen)
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, node->mark,
                       "metrics: 'accuracy' stands here twice; each may stand once");
    *seen = true;
    return true;
}

static void read_metric(reader *r, const cnn_yaml *node)
{
    cnn_pipeline *p = r->pipeline;
    if (p->metric_count == CNN_MAX_METRICS) {
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, node->mark,
                       "metrics: too many; at most %d losses may stand here", CNN_MAX_METRICS);
        return;
    }
    cnn_instance *metric = cnn_instance_new(p->plugins, CNN_KIND_LOSS, node, r->report);
    if (!metric)
        return;
    for (size_t i = 0; i < p->metric_count; i++) {
        if (p->metrics[i]->file == metric->file) {
            cnn_report_add(r->report, CNN_EXIT_PIPELINE, metric->mark,
                           "metrics: '%s' stands here twice; each may stand once",
                           metric->file->head.name);
            cnn_instance_free(metric);
            return;
        }
    }
    p->metrics[p->metric_count++] = metric;
}

static void read_metrics(reader *r, const cnn_yaml *root)
{
    const cnn_yaml *metrics = cnn_yaml_get(root, "metrics");
    if (is_null(metrics))
        return;
    if (metrics->type != CNN_YAML_LIST) {
        char *seen = cnn_yaml_describe(metrics);
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, metrics->mark,
                       "metrics is %s; it must be a list of accuracy and losses", seen);
        free(seen);
        return;
    }
    bool accuracy = false;
    for (size_t i = 0; i < metrics->count; i++)
        if (!read_accuracy(r, metrics->items[i], &accuracy))
            read_metric(r, metrics->items[i]);
}

static void read_early_stopping(reader *r, const cnn_yaml *node)
{
    static const char *const known[] = {"monitor", "patience", "min_delta"};
    cnn_pipeline *p = r->pipeline;
    if (is_null(node))
        return;
    cnn_keys_refuse(node, "early_stopping", known, 3, r->report);
    cnn_keys_fill(&cnn_table_stopping, node, node->mark, &p->early_stopping, known, 3, r->report);
    p->stops_early = true;
    if (!p->validation_data.dataset && !(p->validation_fraction > 0))
        cnn_report_add(
            r->report, CNN_EXIT_PIPELINE, node->mark,
            "early_stopping: there is no data.validation; to stop by the test data would "
            "choose the result by it");
}

static void read_checkpoint(reader *r, const cnn_yaml *node, cnn_mark mark)
{
    static const char *const known[] = {"every_steps", "every_seconds", "keep"};
    const cnn_yaml *given = is_null(node) ? NULL : node;
    cnn_keys_refuse(given, "checkpoint", known, 3, r->report);
    cnn_keys_fill(&cnn_table_checkpoint, given, given ? given->mark : mark,
                  &r->pipeline->checkpoint, known, 3, r->report);
}

static void read_train(reader *r, const cnn_yaml *root)
{
    static const char *const own[] = {"epochs", "batch_size", "threads", "shuffle", "on_nonfinite"};
    static const char *const known[] = {"epochs",       "batch_size",     "threads",   "shuffle",
                                        "on_nonfinite", "early_stopping", "checkpoint"};
    const cnn_yaml *train = cnn_yaml_get(root, "train");
    if (is_null(train))
        train = NULL;
    else if (!cnn_keys_section(root, "train", r->report))
        return;
    cnn_keys_refuse(train, "train", known, 7, r->report);
    cnn_keys_fill(&cnn_table_train, train, train ? train->mark : root->mark, &r->pipeline->train,
                  own, 5, r->report);
    read_early_stopping(r, cnn_yaml_get(train, "early_stopping"));
    read_checkpoint(r, cnn_yaml_get(train, "checkpoint"), train ? train->mark : root->mark);
}

static void read_title(reader *r, const cnn_yaml *root)
{
    static const char *const own[] = {"name", "seed"};
    cnn_table_title_self self = {0};
    cnn_yaml part = cnn_keys_part(root, own, 2, true);
    cnn_param_memory memory = {0};
    if (cnn_param_fill(&cnn_table_title, &part, root->mark, &self, &memory, r->report)) {
        r->pipeline->name = cnn_strdup(self.name);
        r->pipeline->seed = self.seed;
    }
    if (self.name && !cnn_is_run_name(self.name)) /* also where the seed is wrong */
        cnn_report_add(r->report, CNN_EXIT_PIPELINE, cnn_yaml_get(root, "name")->mark,
                       "name is '%s'; it must match [A-Za-z0-9_-][A-Za-z0-9_.-]*, at most 64 long, "
                       "since it becomes a folder",
                       self.name);
    cnn_param_memory_free(&memory);
    cnn_keys_drop(&part);
}

static void read_root(reader *r, const cnn_yaml *root)
{
    static const char *const known[] = {"name",      "seed",     "data",    "network", "loss",
                                        "optimizer", "schedule", "metrics", "train"};
    cnn_pipeline *p = r->pipeline;
    cnn_keys_refuse(root, "pipeline", known, sizeof known / sizeof known[0], r->report);
    read_title(r, root);
    read_data(r, root);
    read_network(r, root);
    p->loss = read_plugin(r, root, "loss", CNN_KIND_LOSS, NULL);
    p->optimizer = read_plugin(r, root, "optimizer", CNN_KIND_OPTIMIZER, NULL);
    p->schedule = read_plugin(r, root, "schedule", CNN_KIND_SCHEDULE, "constant");
    read_metrics(r, root);
    read_train(r, root);
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
    cnn_pipeline *pipeline = cnn_alloc(1, sizeof *pipeline);
    pipeline->plugins = plugins;
    reader r = {pipeline, report};
    const size_t errors = report->errors;
    read_root(&r, root);
    if (report->errors == errors)
        return pipeline;
    cnn_report_sort(report);
    cnn_pipeline_free(pipeline);
    return NULL;
}

void cnn_pipeline_free(cnn_pipeline *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->layer_count; i++) {
        cnn_instance_free(p->layers[i].layer);
        cnn_instance_free(p->layers[i].kernel_initializer);
        cnn_instance_free(p->layers[i].bias_initializer);
        free(p->layers[i].name);
    }
    for (size_t i = 0; i < p->metric_count; i++)
        cnn_instance_free(p->metrics[i]);
    cnn_instance_free(p->train_data.dataset);
    cnn_instance_free(p->test_data.dataset);
    cnn_instance_free(p->validation_data.dataset);
    cnn_instance_free(p->initializer);
    cnn_instance_free(p->loss);
    cnn_instance_free(p->optimizer);
    cnn_instance_free(p->schedule);
    free(p->layers);
    free(p->name);
    free(p);
}
