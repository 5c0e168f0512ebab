/* host_param.c - plugins, lists of plugins and sections as parameters: read and written back. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/host_param.h"

/* What CNN_PLACED_FIELDS and a list begin with. */
typedef struct placed {
    CNN_PLACED_FIELDS(instance)
} placed;
typedef struct list {
    char *items;
    size_t count;
} list;

static const cnn_host_param *host_param_at(const cnn_head *table, size_t i)
{
    return (const cnn_host_param *)cnn_param_at(table, i);
}

/* ---- from YAML ------------------------------------------------------------------------------ */

bool cnn_host_read_plugin(const cnn_filling *f, const cnn_host_param *p, const cnn_yaml *node,
                          void *field)
{
    cnn_instance_spec spec = {.beside = p->table};
    bool good = cnn_instance_split(node, p->param.kind, &spec, f->report);
    if (good && p->none && strcmp(spec.name, p->none) == 0)
        return true;
    placed made = {NULL, spec.given, spec.mark};
    if (good) {
        made.instance = cnn_instance_keep(f, &spec);
        good = made.instance != NULL;
        if (p->table) {
            cnn_filling inner = *f;
            inner.plugin = p->table->name;
            good &= cnn_param_fill_known(&inner, p->table, made.given, made.mark, field);
        }
    }
    memcpy(field, &made, p->table ? sizeof made : sizeof made.instance);
    return good;
}

static bool read_list(const cnn_filling *f, const cnn_host_param *p, const cnn_yaml *node,
                      void *field)
{
    const char *flaw = node->type != CNN_YAML_LIST          ? "is no list"
                       : (double)node->count > p->param.max ? "is too long"
                       : (double)node->count < p->param.min ? "is empty"
                                                            : NULL;
    if (flaw) {
        char *range = cnn_param_range(&p->param);
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, node->mark, "%s%s'%s' %s; it must be %s",
                       f->root ? "" : f->plugin, f->root ? "" : ": ", p->param.name, flaw, range);
        free(range);
        return false;
    }
    bool good = true;
    const list made = {cnn_param_keep(f->memory, cnn_alloc(node->count, p->item)), node->count};
    for (size_t i = 0; i < node->count; i++)
        good &= cnn_host_read_plugin(f, p, node->items[i], made.items + i * p->item);
    memcpy(field, &made, sizeof made);
    return good;
}

static bool read_section(const cnn_filling *f, const cnn_host_param *p, const cnn_yaml *node,
                         void *self)
{
    cnn_filling inner = *f;
    inner.plugin = p->table->name;
    inner.root = false;
    const bool null = node->type == CNN_YAML_NULL && p->param.flags & CNN_NULLABLE;
    if (!f->root || null || node->type == CNN_YAML_MAP)
        return cnn_param_fill(&inner, p->table, NULL, node, node->mark, self);
    char *seen = cnn_yaml_describe(node);
    cnn_report_add(f->report, CNN_EXIT_PIPELINE, node->mark, "%s is %s; it must be a map",
                   p->param.name, seen);
    free(seen);
    return false;
}

bool cnn_host_read(const cnn_filling *f, const cnn_host_param *p, const cnn_yaml *node, void *self)
{
    const bool null = node->type == CNN_YAML_NULL && p->param.flags & CNN_NULLABLE;
    void *field = (char *)self + p->param.offset;
    if (p->read)
        return null || p->read(f, p, node, self);
    if (p->param.type == CNN_SECTION)
        return read_section(f, p, node, self);
    if (p->param.type == CNN_PLUGINS)
        return null || read_list(f, p, node, field);
    return null || cnn_host_read_plugin(f, p, node, field);
}

bool cnn_host_fill(const cnn_head *table, const cnn_yaml *root, cnn_plugins *plugins, void *self,
                   cnn_param_memory *memory, cnn_report *report)
{
    const cnn_filling f = {.plugin = table->name,
                           .memory = memory,
                           .report = report,
                           .plugins = plugins,
                           .host = true,
                           .root = true};
    return cnn_param_fill(&f, table, NULL, root, root->mark, self);
}

/* ---- as YAML -------------------------------------------------------------------------------- */

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

cnn_yaml *cnn_host_plugin_resolved(const cnn_host_param *p, const void *field)
{
    const cnn_instance *instance;
    memcpy(&instance, field, sizeof instance);
    if (!instance)
        return NULL;
    cnn_yaml *node = cnn_instance_resolved(instance);
    cnn_yaml *beside = p->table ? cnn_host_resolved(p->table, field) : NULL;
    for (size_t i = 0; beside && i < beside->count; i++)
        cnn_yaml_put(parameters(&node), beside->keys[i]->text, cnn_yaml_copy(beside->items[i]));
    cnn_yaml_free(beside);
    return node;
}

/* NULL for a list without items. */
static cnn_yaml *list_resolved(const cnn_host_param *p, const void *field)
{
    list l;
    memcpy(&l, field, sizeof l);
    cnn_yaml *node = l.count ? cnn_yaml_new(CNN_YAML_LIST) : NULL;
    for (size_t i = 0; i < l.count; i++)
        cnn_yaml_push(node, cnn_host_plugin_resolved(p, l.items + i * p->item));
    return node;
}

static cnn_yaml *node_of(const cnn_host_param *p, const void *self)
{
    const void *field = (const char *)self + p->param.offset;
    if (p->write)
        return p->write(self);
    switch (p->param.type) {
    case CNN_PLUGIN:
        return cnn_host_plugin_resolved(p, field);
    case CNN_PLUGINS:
        return list_resolved(p, field);
    case CNN_SECTION:
        return cnn_host_resolved(p->table, self);
    default:
        return cnn_param_node(&p->param, self);
    }
}

cnn_yaml *cnn_host_resolved(const cnn_head *table, const void *self)
{
    cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP);
    const cnn_host_param *p;
    for (uint32_t last = 0; last <= CNN_LAST; last += CNN_LAST)
        for (size_t i = 0; (p = host_param_at(table, i)); i++) {
            if ((p->param.flags & CNN_LAST) != last)
                continue;
            cnn_yaml *node = node_of(p, self);
            if (node || !(p->param.flags & CNN_OMIT))
                cnn_yaml_put(map, p->param.name, node ? node : cnn_yaml_new(CNN_YAML_NULL));
        }
    return map;
}
