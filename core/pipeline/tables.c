/* tables.c - what a pipeline may say, as parameter tables: reading it and writing it back follow
 * from them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/tables.h"

#define MAX_CALLBACKS 100

/* ---- data ----------------------------------------------------------------------------------- */

/* As its type does, and keeps the places. */
static bool read_class_weight(const cnn_filling *f, const cnn_host_param *param,
                              const cnn_yaml *node, void *self)
{
    cnn_data_spec *spec = self;
    cnn_param_value value;
    if (!cnn_param_convert(f, &param->param, node, &value))
        return false;
    cnn_mark *marks = cnn_param_keep(f->memory, cnn_alloc(node->count, sizeof *marks));
    for (size_t i = 0; i < node->count; i++)
        marks[i] = node->keys[i]->mark;
    spec->class_weight = value.numbers;
    spec->class_weight_marks = marks;
    return true;
}

static const cnn_host_param dataset_keys[] = {
    NUMBER(cnn_data_spec, "limit", limit, CNN_INTEGER, "null", 1, INFINITY, OPTIONAL,
           "use the first N samples only"),
    {ENTRY(cnn_data_spec, "class_weight", class_weight, CNN_NUMBERS, "null", 0, 1e6, OPTIONAL, NULL,
           "how many times the loss of a class counts in training, by its number or name"),
     .read = read_class_weight},
    END};
static const cnn_head dataset_table = CNN_HOST_TABLE("data", dataset_keys);

/* A dataset, or a fraction. */
static bool read_validation(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                            void *self)
{
    cnn_pipeline *p = self;
    p->validation_mark = node->mark;
    if (node->type != CNN_YAML_REAL && node->type != CNN_YAML_INTEGER)
        return cnn_host_read_plugin(f, param, node, &p->validation_data);
    if (node->real > 0 && node->real < 1)
        p->validation_fraction = node->real;
    else
        return cnn_report_add(
            f->report, CNN_EXIT_PIPELINE, node->mark,
            "data.validation is %s; it must be a dataset, or a fraction of the training "
            "data in (0, 1)",
            node->text);
    return true;
}

static cnn_yaml *write_validation(const void *self);

static const cnn_host_param data_keys[] = {
    {PLUGIN(cnn_pipeline, "train", train_data, DATASET, NULL, 0), .table = &dataset_table},
    {PLUGIN(cnn_pipeline, "test", test_data, DATASET, "null", OPTIONAL), .table = &dataset_table},
    {PLUGIN(cnn_pipeline, "validation", validation_data, DATASET, "null", OPTIONAL),
     .table = &dataset_table, .read = read_validation, .write = write_validation},
    END};
static const cnn_head data_table = CNN_HOST_TABLE("data", data_keys);

static cnn_yaml *write_validation(const void *self)
{
    const cnn_pipeline *p = self;
    return p->validation_fraction > 0
               ? cnn_yaml_real(p->validation_fraction)
               : cnn_host_plugin_resolved(&data_keys[2], &p->validation_data);
}

/* ---- metrics -------------------------------------------------------------------------------- */

/* Whether this one may not stand in the list, which has the others before it. */
static bool is_one_too_many(const cnn_pipeline *p, const cnn_instance *metric, cnn_report *report)
{
    size_t others = 0;
    for (size_t i = 0; i < p->metric_count; i++) {
        others += !cnn_pipeline_is_accuracy(p->metrics[i]);
        if (p->metrics[i]->file == metric->file)
            return !cnn_report_add(report, CNN_EXIT_PIPELINE, metric->mark,
                                   "metrics: '%s' stands here twice; each may stand once",
                                   metric->file->head.name);
    }
    return others == CNN_MAX_METRICS && !cnn_pipeline_is_accuracy(metric) &&
           !cnn_report_add(report, CNN_EXIT_PIPELINE, metric->mark,
                           "metrics: too many; at most %d may stand here beside accuracy",
                           CNN_MAX_METRICS);
}

/* A metric, or a loss whose mean is wanted. */
static void read_metric(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                        cnn_pipeline *p)
{
    cnn_host_param chosen = *param;
    cnn_instance_spec spec;
    cnn_instance *metric = NULL;
    if (!cnn_instance_split(node, param->param.kind, &spec, f->report))
        return;
    chosen.param.kind = cnn_plugins_kind_of(f->plugins, spec.name, CNN_KIND_METRIC, CNN_KIND_LOSS);
    if (cnn_host_read_plugin(f, &chosen, node, &metric) && !is_one_too_many(p, metric, f->report))
        p->metrics[p->metric_count++] = metric;
}

static bool read_metrics(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                         void *self)
{
    cnn_pipeline *p = self;
    const size_t errors = f->report->errors;
    if (node->type != CNN_YAML_LIST) {
        char *seen = cnn_yaml_describe(node);
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, node->mark,
                       "metrics is %s; it must be a list of metrics and losses", seen);
        free(seen);
        return false;
    }
    p->metrics = cnn_param_keep(f->memory, cnn_alloc(CNN_MAX_METRICS + 1, sizeof(cnn_instance *)));
    for (size_t i = 0; i < node->count; i++)
        read_metric(f, param, node->items[i], p);
    return f->report->errors == errors;
}

static cnn_yaml *write_metrics(const void *self)
{
    const cnn_pipeline *p = self;
    cnn_yaml *metrics = cnn_yaml_new(CNN_YAML_LIST);
    metrics->flow = true;
    for (size_t i = 0; i < p->metric_count; i++)
        cnn_yaml_push(metrics, cnn_instance_resolved(p->metrics[i]));
    return metrics;
}

/* ---- train ---------------------------------------------------------------------------------- */

static const cnn_host_param checkpoint_keys[] = {
    NUMBER(cnn_pipeline, "every_steps", checkpoint.every_steps, CNN_INTEGER, "null", 1, INFINITY,
           CNN_NULLABLE,
           "steps from one checkpoint to the next within an epoch; null: by time alone"),
    NUMBER(cnn_pipeline, "every_seconds", checkpoint.every_seconds, CNN_REAL, "60", 0, 1e9, 0,
           "seconds from one to the next, but at least 50 times what the last one took to "
           "write; 0: not by time"),
    NUMBER(cnn_pipeline, "keep", checkpoint.keep, CNN_INTEGER, "2", 1, CNN_CHECKPOINT_MOST, 0,
           "files that stay, the newest one and those before it"),
    END};
static const cnn_head checkpoint_table = CNN_HOST_TABLE("checkpoint", checkpoint_keys);

static const cnn_host_param stopping_keys[] = {END};
static const cnn_head stopping_table = CNN_HOST_TABLE("early_stopping", stopping_keys);

/* Early stopping was a section of `train` before there were callbacks. */
static bool refuse_stopping(const cnn_filling *f, const cnn_host_param *param, const cnn_yaml *node,
                            void *self)
{
    (void)param, (void)self;
    return cnn_report_add(f->report, CNN_EXIT_PIPELINE, node->mark,
                          "train: early_stopping is a callback now; write it beside train, as "
                          "callbacks: [early_stopping: {...}]");
}

/* What only says that it has gone is not written. */
static cnn_yaml *write_nothing(const void *self)
{
    (void)self;
    return NULL;
}

static cnn_yaml *write_epochs(const void *self)
{
    const cnn_pipeline *p = self;
    return p->train.steps == INT64_MIN ? cnn_yaml_integer(p->train.epochs) : NULL;
}

static const char *const nonfinite[] = {"stop", "continue", NULL};
static const cnn_host_param train_keys[] = {
    {ENTRY(cnn_pipeline, "epochs", train.epochs, CNN_INTEGER, "1", 1, 1e6, CNN_OMIT, NULL,
           "passes over the training data"),
     .write = write_epochs},
    NUMBER(cnn_pipeline, "steps", train.steps, CNN_INTEGER, "null", 1, 1e12, OPTIONAL,
           "steps in all, in place of epochs; the last pass over the data may be cut"),
    NUMBER(cnn_pipeline, "validate_every", train.validate_every, CNN_INTEGER, "null", 1, 1e12,
           OPTIONAL, "steps from one validation to the next within an epoch"),
    NUMBER(cnn_pipeline, "batch_size", train.batch_size, CNN_INTEGER, "32", 1, 1e6, 0,
           "samples a step"),
    NUMBER(cnn_pipeline, "shuffle", train.shuffle, CNN_BOOL, "true", 0, 1, 0,
           "a new order of samples each epoch"),
    WORD(cnn_pipeline, "on_nonfinite", train.on_nonfinite, "stop", nonfinite,
         "what to do when the loss is not finite"),
    NUMBER(cnn_pipeline, "threads", train.threads, CNN_INTEGER, "null", 1, 1024, CNN_NULLABLE,
           "worker threads; null: the CPUs allowed to the process"),
    {SECTION("checkpoint", checkpoint_table, "null", CNN_NULLABLE)},
    {SECTION("early_stopping", stopping_table, "null", OPTIONAL), .read = refuse_stopping,
     .write = write_nothing},
    END};
static const cnn_head train_table = CNN_HOST_TABLE("train", train_keys);

/* ---- the whole ------------------------------------------------------------------------------ */

static const cnn_host_param pipeline_keys[] = {
    {ENTRY(cnn_pipeline, "name", name, CNN_STRING, NULL, 0, 0, 0, NULL, "names the run's folder")},
    NUMBER(cnn_pipeline, "seed", seed, CNN_INTEGER, "1", 0, 0x1p53, 0, "of all random numbers"),
    {SECTION("data", data_table, NULL, 0)},
    {SECTION("network", cnn_network_table, NULL, 0)},
    {PLUGIN(cnn_pipeline, "loss", loss, LOSS, NULL, 0)},
    {PLUGIN(cnn_pipeline, "optimizer", optimizer, OPTIMIZER, NULL, 0),
     .table = &cnn_optimizer_table},
    {PLUGIN(cnn_pipeline, "schedule", schedule, SCHEDULE, "constant", CNN_NULLABLE)},
    {ENTRY(cnn_pipeline, "metrics", metrics, CNN_PLUGINS, "null", 0, CNN_MAX_METRICS, CNN_NULLABLE,
           NULL, NULL),
     .param.kind = CNN_KIND_METRIC, .item = sizeof(cnn_instance *), .read = read_metrics,
     .write = write_metrics},
    {ENTRY(cnn_pipeline, "callbacks", callbacks, CNN_PLUGINS, "null", 0, MAX_CALLBACKS, OPTIONAL,
           NULL, NULL),
     .param.kind = CNN_KIND_CALLBACK, .item = sizeof(cnn_instance *)},
    {SECTION("train", train_table, "null", CNN_NULLABLE)},
    END};
const cnn_head cnn_pipeline_table = CNN_HOST_TABLE("pipeline", pipeline_keys);
