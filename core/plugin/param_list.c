/* param_list.c - values of the types that hold several: shapes, lists, maps, matrices. */
#include <stdlib.h>

#include "base/memory.h"
#include "plugin/param_types.h"

/* Each number of a list or map, by the name "pool_size[1]" or "weights.cat". */
static bool accept_numbers(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list)
{
    const bool whole =
        param->type == CNN_SHAPE || param->type == CNN_INTEGERS || param->type == CNN_PAIRS;
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        char *name = list->keys ? cnn_format("%s.%s", param->name, list->keys[i]->text)
                                : cnn_format("%s[%zu]", param->name, i);
        const cnn_param element = {.name = name,
                                   .min = cnn_param_lowest(param),
                                   .max = param->max,
                                   .type = whole ? CNN_INTEGER : CNN_REAL,
                                   .flags = param->flags & (CNN_ABOVE_MIN | CNN_BELOW_MAX)};
        good &= cnn_param_accept_number(f, &element, list->items[i]);
        free(name);
    }
    return good;
}

/* The numbers of item i of a list of lists. */
static bool accept_row(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list, size_t i)
{
    char *name = cnn_format("%s[%zu]", param->name, i);
    cnn_param row = *param;
    row.name = name;
    const bool good = accept_numbers(f, &row, list->items[i]);
    free(name);
    return good;
}

bool cnn_param_convert_shape(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                             cnn_shape *shape)
{
    if (node->type != CNN_YAML_LIST) {
        const uint64_t n = (uint64_t)node->integer;
        *shape = (cnn_shape){.rank = 2, .dim = {n, n}};
        return cnn_param_accept_number(f, param, node);
    }
    if (node->count < 1 || node->count > CNN_MAX_RANK)
        return cnn_param_refuse(f, param, node, cnn_param_range(param));
    *shape = (cnn_shape){.rank = node->count};
    for (size_t i = 0; i < node->count; i++)
        shape->dim[i] = (uint64_t)node->items[i]->integer;
    return accept_numbers(f, param, node);
}

static bool convert_pairs(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                          cnn_pairs *out)
{
    int64_t(*pairs)[2] = cnn_param_keep(f->memory, cnn_alloc(list->count, sizeof *pairs));
    *out = (cnn_pairs){(const int64_t(*)[2])pairs, list->count};
    for (size_t i = 0; i < list->count; i++) {
        const cnn_yaml *pair = list->items[i];
        if (pair->type != CNN_YAML_LIST || pair->count != 2)
            return cnn_param_refuse(f, param, pair,
                                    cnn_strdup("a pair of integers, such as [7, 1]"));
        if (!accept_row(f, param, list, i))
            return false;
        pairs[i][0] = pair->items[0]->integer;
        pairs[i][1] = pair->items[1]->integer;
    }
    return true;
}

static bool convert_matrix(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                           cnn_matrix *out)
{
    const cnn_yaml *first = list->count ? list->items[0] : NULL;
    const size_t columns = first && first->type == CNN_YAML_LIST ? first->count : 0;
    for (size_t i = 0; i < list->count; i++) {
        const cnn_yaml *row = list->items[i];
        if (row->type != CNN_YAML_LIST || !row->count)
            return cnn_param_refuse(f, param, row,
                                    cnn_strdup("a row, a list of one number or more"));
        if (row->count != columns)
            return cnn_report_add(f->report, CNN_EXIT_PIPELINE, row->mark,
                                  "%s: %s[%zu] has %zu numbers; it must have %zu, as %s[0] has",
                                  f->plugin, param->name, i, row->count, columns, param->name);
        if (!accept_row(f, param, list, i))
            return false;
    }
    double *items = cnn_param_keep(f->memory, cnn_alloc(list->count * columns, sizeof *items));
    *out = (cnn_matrix){items, list->count, columns};
    for (size_t i = 0; i < list->count * columns; i++)
        items[i] = list->items[i / columns]->items[i % columns]->real;
    return true;
}

static bool convert_texts(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                          cnn_texts *out)
{
    const char **texts = cnn_param_keep(f->memory, cnn_alloc(list->count, sizeof *texts));
    bool good = true;
    *out = (cnn_texts){texts, list->count};
    for (size_t i = 0; i < list->count; i++) {
        char *name = cnn_format("%s[%zu]", param->name, i);
        const cnn_param text = {.name = name, .type = CNN_STRING};
        cnn_param_value value;
        good &= cnn_param_convert(f, &text, list->items[i], &value);
        texts[i] = value.text;
        free(name);
    }
    return good;
}

static bool convert_numbers(const cnn_filling *f, const cnn_param *param, const cnn_yaml *map,
                            cnn_numbers *out)
{
    cnn_number *numbers = cnn_param_keep(f->memory, cnn_alloc(map->count, sizeof *numbers));
    *out = (cnn_numbers){numbers, map->count};
    for (size_t i = 0; i < map->count; i++) {
        numbers[i].name = cnn_param_keep(f->memory, cnn_strdup(map->keys[i]->text));
        numbers[i].value = map->items[i]->real;
    }
    return accept_numbers(f, param, map);
}

static bool convert_integers(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                             cnn_integers *out)
{
    int64_t *integers = cnn_param_keep(f->memory, cnn_alloc(list->count, sizeof *integers));
    *out = (cnn_integers){integers, list->count};
    for (size_t i = 0; i < list->count; i++)
        integers[i] = list->items[i]->integer;
    return accept_numbers(f, param, list);
}

static bool convert_reals(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                          cnn_reals *out)
{
    double *reals = cnn_param_keep(f->memory, cnn_alloc(list->count, sizeof *reals));
    *out = (cnn_reals){reals, list->count};
    for (size_t i = 0; i < list->count; i++)
        reals[i] = list->items[i]->real;
    return accept_numbers(f, param, list);
}

bool cnn_param_convert_list(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                            cnn_param_value *out)
{
    if (list->type != (param->type == CNN_NUMBERS ? CNN_YAML_MAP : CNN_YAML_LIST))
        return cnn_param_refuse(f, param, list, cnn_param_range(param));
    switch (param->type) {
    case CNN_INTEGERS:
        return convert_integers(f, param, list, &out->integers);
    case CNN_REALS:
        return convert_reals(f, param, list, &out->reals);
    case CNN_PAIRS:
        return convert_pairs(f, param, list, &out->pairs);
    case CNN_NUMBERS:
        return convert_numbers(f, param, list, &out->numbers);
    case CNN_TEXTS:
        return convert_texts(f, param, list, &out->texts);
    default:
        return convert_matrix(f, param, list, &out->matrix);
    }
}
