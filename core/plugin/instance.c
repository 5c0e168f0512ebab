/* instance.c - a plugin with parameters: what a place in a pipeline makes of it. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/crash.h"
#include "plugin/param_types.h"
#include "plugin/plugin.h"

bool cnn_instance_split(const cnn_yaml *spec, uint32_t kind, const char **name,
                        const cnn_yaml **given, cnn_mark *mark, cnn_report *report)
{
    *name = NULL;
    *given = NULL;
    *mark = spec->mark;
    if (spec->type == CNN_YAML_STRING && *spec->text) {
        *name = spec->text;
        return true;
    }
    if (spec->type == CNN_YAML_MAP && spec->count == 1) {
        *name = spec->keys[0]->text;
        *mark = spec->keys[0]->mark;
        if (spec->items[0]->type != CNN_YAML_NULL)
            *given = spec->items[0];
        return true;
    }
    const char *what = cnn_kind_name(kind);
    if (spec->type == CNN_YAML_MAP && spec->count > 1)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, spec->keys[1]->mark,
                              "%s: '%s' and '%s' stand side by side; it must be one name with its "
                              "parameters inside, %s: {%s: ...}",
                              what, spec->keys[0]->text, spec->keys[1]->text, spec->keys[0]->text,
                              spec->keys[1]->text);
    char *seen = cnn_yaml_describe(spec);
    cnn_report_add(report, CNN_EXIT_PIPELINE, spec->mark,
                   "%s: %s stands here; it must be a name, or name: {parameters}", what, seen);
    free(seen);
    return false;
}

bool cnn_instance_refuse(const cnn_instance *instance, const char *callback, int result,
                         const char *what, cnn_error *error, int code, cnn_report *report)
{
    error->text[sizeof error->text - 1] = '\0';
    if (result == CNN_NO_MEMORY)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE, "out of memory: %s: %s", what,
                              error->text);
    if (*error->text)
        return cnn_report_add(report, code, instance->mark, "%s: %s", what, error->text);
    return cnn_report_add(report, code, instance->mark, "%s: %s failed and gave no reason", what,
                          callback);
}

/* Calls init where the plugin has one. */
static bool start(const cnn_instance *instance, cnn_report *report)
{
    const cnn_head *head = &instance->file->head;
    cnn_error error = {{0}};
    int failed = 0;
    if (head->init)
        CNN_CRASH_GUARD(instance->file, "init", failed = head->init(instance->self, &error));
    return !failed || cnn_instance_refuse(instance, "init", failed, head->name, &error,
                                          CNN_EXIT_PIPELINE, report);
}

cnn_instance *cnn_instance_make(cnn_plugins *plugins, uint32_t kind, const char *name,
                                const cnn_yaml *given, cnn_mark mark, cnn_report *report)
{
    return cnn_instance_make_beside(plugins, kind, name, given, NULL, mark, report);
}

cnn_instance *cnn_instance_make_beside(cnn_plugins *plugins, uint32_t kind, const char *name,
                                       const cnn_yaml *given, const cnn_head *beside, cnn_mark mark,
                                       cnn_report *report)
{
    const cnn_plugin_file *file = cnn_plugins_open(plugins, kind, name, mark, report);
    if (!file)
        return NULL;
    cnn_instance *instance = cnn_alloc(1, sizeof *instance);
    instance->file = file;
    instance->mark = mark;
    bool good = true;
    if (file->head.self_size > 0) {
        instance->self = cnn_tensor_alloc(file->head.self_size, 1);
        if (!instance->self)
            good = cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                                  "out of memory: plugin '%s' needs %llu bytes", name,
                                  (unsigned long long)file->head.self_size);
    }
    if (good &&
        cnn_param_fill(&file->head, beside, given, mark, instance->self, &instance->memory,
                       report) &&
        start(instance, report))
        return instance;
    cnn_param_memory_free(&instance->memory);
    free(instance->self);
    free(instance);
    return NULL;
}

cnn_instance *cnn_instance_new(cnn_plugins *plugins, uint32_t kind, const cnn_yaml *spec,
                               cnn_report *report)
{
    const char *name;
    const cnn_yaml *given;
    cnn_mark mark;
    if (!cnn_instance_split(spec, kind, &name, &given, &mark, report))
        return NULL;
    return cnn_instance_make(plugins, kind, name, given, mark, report);
}

void cnn_instance_free(cnn_instance *instance)
{
    if (!instance)
        return;
    if (instance->file->head.fini)
        CNN_CRASH_GUARD(instance->file, "fini", instance->file->head.fini(instance->self));
    cnn_param_memory_free(&instance->memory);
    free(instance->self);
    free(instance);
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
