/* param_fill.c - a struct filled by its parameter table: what is given, else the default. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/host_param.h"
#include "plugin/param_types.h"

void *cnn_param_keep(cnn_param_memory *memory, void *block)
{
    memory->blocks = cnn_realloc(memory->blocks, memory->count + 1, sizeof *memory->blocks);
    return memory->blocks[memory->count++] = block;
}

void cnn_param_memory_free(cnn_param_memory *memory)
{
    while (memory->instance_count)
        cnn_instance_free(memory->instances[--memory->instance_count]);
    for (size_t i = 0; i < memory->count; i++)
        free(memory->blocks[i]);
    free(memory->instances);
    free(memory->blocks);
    *memory = (cnn_param_memory){0};
}

static bool refuse_missing(const cnn_filling *f, const cnn_param *param, cnn_mark mark)
{
    char *range = cnn_param_range(param);
    if (!f->host || param->type < CNN_PLUGIN)
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, mark, "%s: %s is missing; it must be %s",
                       f->plugin, param->name, range);
    else
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, mark, "%s%s'%s' is missing; it must be %s",
                       f->root ? "" : f->plugin, f->root ? "" : ": ", param->name, range);
    free(range);
    return false;
}

/* One parameter into self. A null that a type of the host allows counts as not given. */
static bool fill_one(const cnn_filling *f, const cnn_param *param, const cnn_yaml *given,
                     cnn_mark mark, void *self, cnn_param_place *place)
{
    const cnn_host_param *host = f->host ? (const cnn_host_param *)param : NULL;
    if (host && param->type < CNN_PLUGIN && !host->read)
        host = NULL;
    if (host && given && given->type == CNN_YAML_NULL && param->flags & CNN_NULLABLE)
        given = NULL;
    cnn_yaml *fallback = NULL;
    if (!given && !param->fallback)
        return refuse_missing(f, param, mark);
    if (given && place)
        *place = (cnn_param_place){given->mark, NULL, given->lead};
    if (!given) {
        given = fallback =
            cnn_yaml_parse(param->fallback, strlen(param->fallback), "default", f->report);
        if (!given)
            return false;
        cnn_yaml_set_marks(fallback, mark);
    }
    cnn_param_value value;
    const bool good =
        host ? cnn_host_read(f, host, given, self) : cnn_param_convert(f, param, given, &value);
    if (good && !host)
        memcpy((char *)self + param->offset, &value, param->size);
    if (good && place && param->type == CNN_STRING && !(param->flags & CNN_PATH))
        place->text = value.text;
    cnn_yaml_free(fallback);
    return good;
}

bool cnn_param_fill_known(const cnn_filling *f, const cnn_head *table, const cnn_yaml *given,
                          cnn_mark mark, void *self)
{
    const cnn_param *param;
    bool good = true;
    for (uint32_t last = 0; last <= CNN_LAST; last += CNN_LAST)
        for (size_t i = 0; (param = cnn_param_at(table, i)); i++)
            if ((param->flags & CNN_LAST) == last)
                good &= fill_one(f, param, cnn_yaml_get(given, param->name), mark, self,
                                 f->places ? &f->places[i] : NULL);
    return good;
}

/* Names of a table, after `count` others. */
static size_t add_names(const cnn_head *table, const char **names, size_t count)
{
    for (size_t i = 0; table && i < CNN_PARAM_MAX && cnn_param_at(table, i); i++)
        names[count++] = cnn_param_at(table, i)->name;
    return count;
}

/* Reports the keys of a map that neither the table nor the one beside it knows. */
static bool refuse_unknown(const cnn_filling *f, const cnn_head *table, const cnn_head *beside,
                           const cnn_yaml *given)
{
    const char *names[2 * CNN_PARAM_MAX], *what = f->host ? "key" : "parameter";
    const size_t count = add_names(beside, names, add_names(table, names, 0));
    bool good = true;
    for (size_t i = 0; i < given->count; i++) {
        const cnn_yaml *key = given->keys[i];
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(names[j], key->text) == 0;
        if (known)
            continue;
        char *hint =
            count ? cnn_suggest(key->text, names, count) : cnn_strdup("; it has no parameters");
        good = cnn_report_add(f->report, CNN_EXIT_PIPELINE, key->mark, "%s: unknown %s '%s'%s",
                              f->plugin, what, key->text, hint);
        free(hint);
    }
    return good;
}

bool cnn_param_fill(const cnn_filling *f, const cnn_head *table, const cnn_head *beside,
                    const cnn_yaml *given, cnn_mark mark, void *self)
{
    if (given && given->type != CNN_YAML_MAP && given->type != CNN_YAML_NULL) {
        char *seen = cnn_yaml_describe(given);
        cnn_report_add(f->report, CNN_EXIT_PIPELINE, given->mark,
                       "%s: its parameters are %s; they must be a map, {name: value, ...}",
                       f->plugin, seen);
        free(seen);
        return false;
    }
    const bool known =
        !given || given->type != CNN_YAML_MAP || refuse_unknown(f, table, beside, given);
    return cnn_param_fill_known(f, table, given, mark, self) && known;
}
