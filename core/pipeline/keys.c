/* keys.c - the maps of a pipeline: some of their keys, and words on the others. */
#include "pipeline/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "plugin/param_types.h"

static bool is_in(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

cnn_yaml cnn_keys_part(const cnn_yaml *map, const char *const *keys, size_t count, bool keep)
{
    cnn_yaml part = *map;
    if (map->type != CNN_YAML_MAP)
        return part;
    part.count = 0;
    part.items = cnn_alloc(map->count, sizeof *part.items);
    part.keys = cnn_alloc(map->count, sizeof *part.keys);
    for (size_t i = 0; i < map->count; i++) {
        if (is_in(map->keys[i]->text, keys, count) != keep)
            continue;
        part.keys[part.count] = map->keys[i];
        part.items[part.count++] = map->items[i];
    }
    return part;
}

void cnn_keys_drop(cnn_yaml *part)
{
    if (part->type != CNN_YAML_MAP)
        return;
    free(part->items);
    free(part->keys);
}

void cnn_keys_refuse(const cnn_yaml *map, const char *what, const char *const *known, size_t count,
                     cnn_report *report)
{
    for (size_t i = 0; map && map->type == CNN_YAML_MAP && i < map->count; i++) {
        const char *key = map->keys[i]->text;
        if (is_in(key, known, count))
            continue;
        char *hint = cnn_suggest(key, known, count);
        cnn_report_add(report, CNN_EXIT_PIPELINE, map->keys[i]->mark, "%s: unknown key '%s'%s",
                       what, key, hint);
        free(hint);
    }
}

const cnn_yaml *cnn_keys_section(const cnn_yaml *root, const char *key, cnn_report *report)
{
    const cnn_yaml *map = cnn_yaml_get(root, key);
    if (map && map->type == CNN_YAML_MAP)
        return map;
    if (!map) {
        cnn_report_add(report, CNN_EXIT_PIPELINE, root->mark, "'%s' is missing; it must be a map",
                       key);
    } else {
        char *seen = cnn_yaml_describe(map);
        cnn_report_add(report, CNN_EXIT_PIPELINE, map->mark, "%s is %s; it must be a map", key,
                       seen);
        free(seen);
    }
    return NULL;
}

void cnn_keys_fill(const cnn_head *table, const cnn_yaml *map, cnn_mark mark, void *self,
                   const char *const *keys, size_t count, cnn_report *report)
{
    cnn_param_memory memory = {0};
    cnn_yaml part = {.type = CNN_YAML_NULL};
    if (map)
        part = cnn_keys_part(map, keys, count, true);
    if (!cnn_param_fill(table, &part, mark, self, &memory, report))
        CNN_BUG_IF(report->errors == 0);
    cnn_param_memory_free(&memory);
    if (map)
        cnn_keys_drop(&part);
}

/* Reports the keys that neither the plugin nor the host knows; true if there were some. They are
 * left out of `given`, so that the plugin's own table says nothing of them. */
static bool drop_unknown(const cnn_head *plugin, cnn_yaml *given, const char *const *own,
                         size_t own_count, cnn_report *report)
{
    const char *known[CNN_PARAM_MAX + CNN_KEYS_OWN];
    size_t count = 0, kept = 0;
    for (; count < CNN_PARAM_MAX && cnn_param_at(plugin, count); count++)
        known[count] = cnn_param_at(plugin, count)->name;
    for (size_t i = 0; i < own_count; i++)
        known[count++] = own[i];
    for (size_t i = 0; i < given->count; i++) {
        const cnn_yaml *key = given->keys[i];
        if (is_in(key->text, known, count)) {
            given->keys[kept] = given->keys[i];
            given->items[kept++] = given->items[i];
            continue;
        }
        char *hint = cnn_suggest(key->text, known, count);
        cnn_report_add(report, CNN_EXIT_PIPELINE, key->mark, "%s: unknown parameter '%s'%s",
                       plugin->name, key->text, hint);
        free(hint);
    }
    const bool dropped = kept < given->count;
    given->count = kept;
    return dropped;
}

cnn_instance *cnn_keys_make(cnn_plugins *plugins, uint32_t kind, const char *name,
                            const cnn_yaml *given, cnn_mark mark, const char *const *own,
                            size_t own_count, cnn_report *report)
{
    if (!given || given->type != CNN_YAML_MAP)
        return cnn_instance_make(plugins, kind, name, given, mark, report);
    const cnn_plugin_file *file = cnn_plugins_open(plugins, kind, name, mark, report);
    if (!file)
        return NULL;
    cnn_yaml rest = cnn_keys_part(given, own, own_count, false);
    const bool bad = drop_unknown(&file->head, &rest, own, own_count, report);
    cnn_instance *instance = cnn_instance_make(plugins, kind, name, &rest, mark, report);
    cnn_keys_drop(&rest);
    if (!bad)
        return instance;
    cnn_instance_free(instance);
    return NULL;
}
