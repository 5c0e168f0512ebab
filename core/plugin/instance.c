/* instance.c - a plugin with parameters: what a place in a pipeline makes of it. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/crash.h"
#include "plugin/param_types.h"
#include "plugin/plugin.h"

bool cnn_instance_split(const cnn_yaml *node, uint32_t kind, cnn_instance_spec *spec,
                        cnn_report *report)
{
    spec->kind = kind;
    spec->name = node->text;
    spec->given = NULL;
    spec->mark = node->mark;
    if (node->type == CNN_YAML_STRING && *node->text)
        return true;
    if (node->type == CNN_YAML_MAP && node->count == 1) {
        spec->name = node->keys[0]->text;
        spec->mark = node->keys[0]->mark;
        spec->given = node->items[0];
        return true;
    }
    const char *what = cnn_kind_name(kind);
    if (node->type == CNN_YAML_MAP && node->count > 1)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, node->keys[1]->mark,
                              "%s: '%s' and '%s' stand side by side; it must be one name with its "
                              "parameters inside, %s: {%s: ...}",
                              what, node->keys[0]->text, node->keys[1]->text, node->keys[0]->text,
                              node->keys[1]->text);
    char *seen = cnn_yaml_describe(node);
    cnn_report_add(report, CNN_EXIT_PIPELINE, node->mark,
                   "%s: %s stands here; it must be a name, or name: {parameters}", what, seen);
    free(seen);
    return false;
}

/* The place that an error is about: the plugin's, or that of a parameter or of a character in its
 * text. Where the file does not show that character, its number is in `which`, else that is 0. */
static cnn_mark place_of(const cnn_instance *instance, const cnn_error *error, size_t *which)
{
    const cnn_head *head = &instance->file->head;
    const cnn_param *param;
    size_t i = 0;
    *which = 0;
    while ((param = cnn_param_at(head, i)) && strcmp(param->name, error->parameter) != 0)
        i++;
    if (!param)
        return instance->mark;
    const cnn_param_place *place = &instance->places[i];
    cnn_mark mark = place->mark.file ? place->mark : instance->mark;
    if (!error->column || !place->text || error->column > strlen(place->text) + 1)
        return mark;
    const size_t before = cnn_utf8_count(place->text, error->column - 1);
    if (mark.line && place->lead >= 0 && place->mark.file)
        mark.column += place->lead + (int)before;
    else
        *which = before + 1;
    return mark;
}

bool cnn_instance_refuse(const cnn_instance *instance, const char *callback, int result,
                         const char *what, cnn_error *error, int code, cnn_report *report)
{
    error->text[sizeof error->text - 1] = error->parameter[sizeof error->parameter - 1] = '\0';
    if (result == CNN_NO_MEMORY)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "out of memory: %s: %s", what,
                              error->text);
    size_t which;
    const cnn_mark mark = place_of(instance, error, &which);
    if (*error->text && which)
        return cnn_report_add(report, code, mark, "%s: %s (character %zu of %s)", what, error->text,
                              which, error->parameter);
    if (*error->text)
        return cnn_report_add(report, code, mark, "%s: %s", what, error->text);
    return cnn_report_add(report, code, instance->mark, "%s: %s failed and gave no reason", what,
                          callback);
}

/* Calls init where the plugin has one. */
static bool start(const cnn_instance *instance, cnn_report *report)
{
    const cnn_head *head = &instance->file->head;
    cnn_error error = {0};
    int failed = 0;
    if (head->init)
        CNN_CRASH_GUARD(instance->file, "init", failed = head->init(instance->self, &error));
    return !failed || cnn_instance_refuse(instance, "init", failed, head->name, &error,
                                          CNN_EXIT_PIPELINE, report);
}

static void release(cnn_instance *instance)
{
    cnn_param_memory_free(&instance->memory);
    free(instance->self);
    free(instance);
}

cnn_instance *cnn_instance_make(cnn_plugins *plugins, const cnn_instance_spec *spec,
                                cnn_report *report)
{
    const cnn_plugin_file *file =
        cnn_plugins_open(plugins, spec->kind, spec->name, spec->mark, report);
    if (!file)
        return NULL;
    cnn_instance *instance = cnn_alloc(1, sizeof *instance);
    instance->file = file;
    instance->plugin = &file->head;
    instance->mark = spec->mark;
    instance->places =
        cnn_param_keep(&instance->memory, cnn_alloc(CNN_PARAM_MAX, sizeof *instance->places));
    const cnn_filling f = {.plugin = file->head.name,
                           .memory = &instance->memory,
                           .report = report,
                           .plugins = plugins,
                           .places = instance->places,
                           .depth = spec->depth + 1};
    bool good = true;
    if (file->head.self_size > 0) {
        instance->self = cnn_tensor_alloc(file->head.self_size, 1);
        if (!instance->self)
            good = cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                                  "out of memory: plugin '%s' needs %llu bytes", spec->name,
                                  (unsigned long long)file->head.self_size);
    }
    if (good &&
        cnn_param_fill(&f, &file->head, spec->beside, spec->given, spec->mark, instance->self) &&
        start(instance, report))
        return instance;
    release(instance);
    return NULL;
}

cnn_instance *cnn_instance_new(cnn_plugins *plugins, uint32_t kind, const cnn_yaml *node,
                               cnn_report *report)
{
    cnn_instance_spec spec = {0};
    return cnn_instance_split(node, kind, &spec, report) ? cnn_instance_make(plugins, &spec, report)
                                                         : NULL;
}

cnn_instance *cnn_instance_keep(const cnn_filling *f, cnn_instance_spec *spec)
{
    cnn_param_memory *memory = f->memory;
    spec->depth = f->depth;
    if (spec->depth > CNN_PLUGIN_DEPTH) {
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, spec->mark,
                       "%s: '%s' stands in %u plugins, each a parameter of the one before; at most "
                       "%u may stand around one",
                       f->plugin, spec->name, spec->depth, CNN_PLUGIN_DEPTH);
        return NULL;
    }
    cnn_instance *instance = cnn_instance_make(f->plugins, spec, f->report);
    if (!instance)
        return NULL;
    memory->instances = cnn_realloc(memory->instances, memory->instance_count + 1, sizeof instance);
    return memory->instances[memory->instance_count++] = instance;
}

bool cnn_instance_read(const cnn_filling *f, uint32_t kind, const cnn_yaml *node,
                       const cnn_handle **handle)
{
    cnn_instance_spec spec = {0};
    if (!cnn_instance_split(node, kind, &spec, f->report))
        return false;
    const cnn_instance *instance = f->plugins ? cnn_instance_keep(f, &spec) : NULL;
    *handle = instance ? &instance->handle : NULL;
    return instance || !f->plugins;
}

void cnn_instance_free(cnn_instance *instance)
{
    if (!instance)
        return;
    if (instance->file->head.fini)
        CNN_CRASH_GUARD(instance->file, "fini", instance->file->head.fini(instance->self));
    release(instance);
}

double cnn_instance_real(const cnn_instance *instance, const char *name)
{
    const cnn_head *head = &instance->file->head;
    size_t i = 0;
    while (cnn_param_at(head, i) && strcmp(cnn_param_at(head, i)->name, name) != 0)
        i++;
    const cnn_param *param = cnn_param_at(head, i);
    CNN_BUG_IF(!param || param->type != CNN_REAL);
    double value;
    memcpy(&value, (const char *)instance->self + param->offset, sizeof value);
    return value;
}

cnn_yaml *cnn_instance_resolved(const cnn_instance *instance)
{
    const cnn_head *head = &instance->file->head;
    if (!cnn_param_at(head, 0))
        return cnn_yaml_string(head->name);
    cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP),
             *parameters = cnn_param_resolved(head, instance->self);
    parameters->flow = true;
    cnn_yaml_put(map, head->name, parameters);
    return map;
}
