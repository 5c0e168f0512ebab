/* param_resolved.c - parameters written back as YAML, as a plugin's struct holds them now. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/param_types.h"
#include "plugin/plugin.h"

static cnn_yaml *flow_list(void)
{
    cnn_yaml *list = cnn_yaml_new(CNN_YAML_LIST);
    list->flow = true;
    return list;
}

static cnn_yaml *list_of_integers(const int64_t *items, uint64_t count)
{
    cnn_yaml *list = flow_list();
    for (uint64_t i = 0; i < count; i++)
        cnn_yaml_push(list, cnn_yaml_integer(items[i]));
    return list;
}

static cnn_yaml *list_of_reals(const double *items, uint64_t count)
{
    cnn_yaml *list = flow_list();
    for (uint64_t i = 0; i < count; i++)
        cnn_yaml_push(list, cnn_yaml_real(items[i]));
    return list;
}

static cnn_yaml *list_of_texts(const cnn_texts *texts)
{
    cnn_yaml *list = flow_list();
    for (uint64_t i = 0; i < texts->count; i++)
        cnn_yaml_push(list, cnn_yaml_string(texts->items[i]));
    return list;
}

static cnn_yaml *list_of_rows(const cnn_matrix *matrix)
{
    cnn_yaml *list = flow_list();
    for (uint64_t i = 0; i < matrix->rows; i++)
        cnn_yaml_push(list, list_of_reals(matrix->items + i * matrix->columns, matrix->columns));
    return list;
}

static cnn_yaml *map_of_numbers(const cnn_numbers *numbers)
{
    cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP);
    map->flow = true;
    for (uint64_t i = 0; i < numbers->count; i++)
        cnn_yaml_put(map, numbers->items[i].name, cnn_yaml_real(numbers->items[i].value));
    return map;
}

static cnn_yaml *list_of_pairs(const cnn_pairs *pairs)
{
    cnn_yaml *list = flow_list();
    for (uint64_t i = 0; i < pairs->count; i++)
        cnn_yaml_push(list, list_of_integers(pairs->items[i], 2));
    return list;
}

/* NULL for null. */
static cnn_yaml *node_of(const cnn_param *param, const cnn_param_value *v)
{
    switch (param->type) {
    case CNN_BOOL:
        return cnn_yaml_bool(v->index);
    case CNN_INTEGER:
        return v->integer == INT64_MIN ? NULL : cnn_yaml_integer(v->integer);
    case CNN_REAL:
        return isnan(v->real) ? NULL : cnn_yaml_real(v->real);
    case CNN_CHOICE: /* init may have written anything */
        return v->index < 0 || (size_t)v->index >= cnn_param_count_choices(param)
                   ? NULL
                   : cnn_yaml_string(param->choices[v->index]);
    case CNN_STRING:
        return v->text ? cnn_yaml_string(v->text) : NULL;
    case CNN_SHAPE: /* here, too */
        return v->shape.rank
                   ? list_of_integers((const int64_t *)v->shape.dim,
                                      v->shape.rank < CNN_MAX_RANK ? v->shape.rank : CNN_MAX_RANK)
                   : NULL;
    case CNN_INTEGERS:
        return v->integers.items ? list_of_integers(v->integers.items, v->integers.count) : NULL;
    case CNN_REALS:
        return v->reals.items ? list_of_reals(v->reals.items, v->reals.count) : NULL;
    case CNN_NUMBERS:
        return v->numbers.items ? map_of_numbers(&v->numbers) : NULL;
    case CNN_TEXTS:
        return v->texts.items ? list_of_texts(&v->texts) : NULL;
    case CNN_MATRIX:
        return v->matrix.items ? list_of_rows(&v->matrix) : NULL;
    case CNN_PLUGIN:
        return v->plugin ? cnn_instance_resolved((const cnn_instance *)v->plugin) : NULL;
    default:
        return v->pairs.items ? list_of_pairs(&v->pairs) : NULL;
    }
}

cnn_yaml *cnn_param_node(const cnn_param *param, const void *self)
{
    cnn_param_value value;
    memcpy(&value, (const char *)self + param->offset, param->size);
    return node_of(param, &value);
}

cnn_yaml *cnn_param_resolved(const cnn_head *plugin, const void *self)
{
    cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP);
    const cnn_param *param;
    for (size_t i = 0; (param = cnn_param_at(plugin, i)); i++) {
        cnn_yaml *node = cnn_param_node(param, self);
        cnn_yaml_put(map, param->name, node ? node : cnn_yaml_new(CNN_YAML_NULL));
    }
    return map;
}
