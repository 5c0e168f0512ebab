/* param.c - the types of parameters: their ranges in words, and values of them from YAML. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "plugin/host_param.h"
#include "plugin/param.h"
#include "plugin/param_types.h"

const cnn_param *cnn_param_at(const cnn_head *plugin, size_t i)
{
    if (!plugin->params)
        return NULL;
    const void *entry = (const char *)plugin->params + i * plugin->param_size;
    const cnn_param *param = entry;
    return param->name ? param : NULL;
}

const struct cnn_param_type cnn_param_types[] = {
    [CNN_BOOL] = {"bool", "true or false", sizeof(int32_t)},
    [CNN_INTEGER] = {"integer", "an integer", sizeof(int64_t)},
    [CNN_REAL] = {"real", "a real", sizeof(double)},
    [CNN_CHOICE] = {"choice", "one of ", sizeof(int32_t)},
    [CNN_STRING] = {"string", "a string, not empty", sizeof(const char *)},
    [CNN_SHAPE] = {"shape", "an integer", sizeof(cnn_shape)},
    [CNN_INTEGERS] = {"integers", "a list of integers", sizeof(cnn_integers)},
    [CNN_REALS] = {"reals", "a list of reals", sizeof(cnn_reals)},
    [CNN_PAIRS] = {"pairs", "a list of pairs [a, b] of integers", sizeof(cnn_pairs)},
};

const char *cnn_param_type_name(uint32_t type)
{
    return type > 0 && type <= CNN_PAIRS ? cnn_param_types[type].name : "unknown";
}

size_t cnn_param_count_choices(const cnn_param *param)
{
    size_t count = 0;
    while (param->choices && count <= CNN_PARAM_MAX && param->choices[count])
        count++;
    return count;
}

/* ---- ranges --------------------------------------------------------------------------------- */

/* Extents are 1 or more whatever the table says. */
static double lowest(const cnn_param *param)
{
    return param->type == CNN_SHAPE ? fmax(param->min, 1) : param->min;
}

/* n < bound, exactly: (double)n would round beyond 2^53. */
static bool is_below(int64_t n, double bound)
{
    return bound >= 0x1p63 || (bound > -0x1p63 && n < (int64_t)ceil(bound));
}

static bool in_range(const cnn_param *param, const cnn_yaml *node)
{
    const bool above = param->flags & CNN_ABOVE_MIN, below = param->flags & CNN_BELOW_MAX;
    const double min = lowest(param), max = param->max, x = node->real;
    const int64_t n = node->integer;
    if (node->type == CNN_YAML_INTEGER)
        return (above ? is_below(-n, -min) : !is_below(n, min)) &&
               (below ? is_below(n, max) : !is_below(-n, -max));
    return (above ? x > min : x >= min) && (below ? x < max : x <= max);
}

/* "1 or more", "above 0", "in [0, 1)", or "" where there is no bound; begins with `of` where that
 * reads better. */
static char *bounds(const cnn_param *param, const char *of)
{
    const bool above = param->flags & CNN_ABOVE_MIN, below = param->flags & CNN_BELOW_MAX;
    char min[32], max[32];
    cnn_format_real(lowest(param), min);
    cnn_format_real(param->max, max);
    if (isinf(lowest(param)) && isinf(param->max))
        return cnn_strdup("");
    if (isinf(param->max))
        return above ? cnn_format("above %s", min) : cnn_format("%s%s or more", of, min);
    if (isinf(lowest(param)))
        return below ? cnn_format("below %s", max) : cnn_format("%s%s or less", of, max);
    return cnn_format("in %c%s, %s%c", above ? '(' : '[', min, max, below ? ')' : ']');
}

static char *host_range(const cnn_param *param)
{
    const char *name = cnn_kind_name(((const cnn_host_param *)param)->kind);
    if (param->type == CNN_SECTION)
        return cnn_strdup("a map");
    if (param->type == CNN_PLUGINS)
        return cnn_format("a list of %g to %g %ss", param->min, param->max, name);
    return cnn_format("%s %s", strchr("aeiou", name[0]) ? "an" : "a", name);
}

char *cnn_param_range(const cnn_param *param)
{
    if (param->type >= CNN_PLUGIN)
        return host_range(param);
    const bool path = param->type == CNN_STRING && (param->flags & CNN_PATH);
    cnn_text out = {0};
    cnn_text_add(&out, "%s", path ? "a path" : cnn_param_types[param->type].words);
    for (size_t i = 0; i < cnn_param_count_choices(param); i++)
        cnn_text_add(&out, "%s%s", i ? ", " : "", param->choices[i]);
    if (param->type != CNN_BOOL && param->type != CNN_STRING && param->type != CNN_CHOICE) {
        char *range = bounds(param, "of ");
        cnn_text_add(&out, "%s%s", *range ? " " : "", range);
        free(range);
    }
    if (param->type == CNN_SHAPE)
        cnn_text_add(&out, ", or a list of 1 to %u of them", CNN_MAX_RANK);
    if (param->flags & CNN_NULLABLE)
        cnn_text_add(&out, ", or null");
    return out.data;
}

/* ---- from YAML ------------------------------------------------------------------------------ */

static void *keep(cnn_param_memory *memory, void *block)
{
    memory->blocks = cnn_realloc(memory->blocks, memory->count + 1, sizeof *memory->blocks);
    return memory->blocks[memory->count++] = block;
}

void cnn_param_memory_free(cnn_param_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        free(memory->blocks[i]);
    free(memory->blocks);
    *memory = (cnn_param_memory){0};
}

/* Says what `node` is and must be; frees `expected`. */
static bool refuse(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                   char *expected)
{
    char *seen = cnn_yaml_describe(node);
    const char *near = NULL;
    if (param->type == CNN_CHOICE && node->type == CNN_YAML_STRING)
        near = cnn_nearest(node->text, param->choices, cnn_param_count_choices(param));
    cnn_report_add(f->report, CNN_EXIT_PIPELINE, node->mark, "%s: %s is %s; it must be %s%s%s%s",
                   f->plugin, param->name, seen, expected, near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
    free(seen);
    free(expected);
    return false;
}

/* A real takes an integer too, but not the other way round: 32.0 filters is a slip. */
static bool accept_number(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node)
{
    /* INT64_MIN stands for null, so it is no value. */
    const bool integer = node->type == CNN_YAML_INTEGER && node->integer != INT64_MIN;
    const bool real = node->type == CNN_YAML_REAL && param->type == CNN_REAL;
    if (real && !isfinite(node->real))
        return refuse(f, param, node, cnn_strdup("finite"));
    if (!integer && !real)
        return refuse(f, param, node, cnn_param_range(param));
    return in_range(param, node) || refuse(f, param, node, bounds(param, ""));
}

/* Each number of a list, by the name "pool_size[1]". */
static bool accept_numbers(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list)
{
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        char *name = cnn_format("%s[%zu]", param->name, i);
        const cnn_param element = {.name = name,
                                   .min = lowest(param),
                                   .max = param->max,
                                   .type = param->type == CNN_REALS ? CNN_REAL : CNN_INTEGER,
                                   .flags = param->flags & (CNN_ABOVE_MIN | CNN_BELOW_MAX)};
        good &= accept_number(f, &element, list->items[i]);
        free(name);
    }
    return good;
}

static bool convert_shape(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                          cnn_shape *shape)
{
    if (node->type != CNN_YAML_LIST) {
        const uint64_t n = (uint64_t)node->integer;
        *shape = (cnn_shape){.rank = 2, .dim = {n, n}};
        return accept_number(f, param, node);
    }
    if (node->count < 1 || node->count > CNN_MAX_RANK)
        return refuse(f, param, node, cnn_param_range(param));
    *shape = (cnn_shape){.rank = node->count};
    for (size_t i = 0; i < node->count; i++)
        shape->dim[i] = (uint64_t)node->items[i]->integer;
    return accept_numbers(f, param, node);
}

static bool convert_pairs(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                          cnn_pairs *out)
{
    int64_t(*pairs)[2] = keep(f->memory, cnn_alloc(list->count, sizeof *pairs));
    *out = (cnn_pairs){(const int64_t(*)[2])pairs, list->count};
    for (size_t i = 0; i < list->count; i++) {
        const cnn_yaml *pair = list->items[i];
        if (pair->type != CNN_YAML_LIST || pair->count != 2)
            return refuse(f, param, pair, cnn_strdup("a pair of integers, such as [7, 1]"));
        char *name = cnn_format("%s[%zu]", param->name, i);
        cnn_param inner = *param;
        inner.name = name;
        const bool good = accept_numbers(f, &inner, pair);
        free(name);
        if (!good)
            return false;
        pairs[i][0] = pair->items[0]->integer;
        pairs[i][1] = pair->items[1]->integer;
    }
    return true;
}

static bool convert_list(const cnn_filling *f, const cnn_param *param, const cnn_yaml *list,
                         cnn_param_value *out)
{
    if (list->type != CNN_YAML_LIST)
        return refuse(f, param, list, cnn_param_range(param));
    if (param->type == CNN_PAIRS)
        return convert_pairs(f, param, list, &out->pairs);
    int64_t *integers = keep(f->memory, cnn_alloc(list->count, sizeof(int64_t)));
    double *reals = keep(f->memory, cnn_alloc(list->count, sizeof(double)));
    for (size_t i = 0; i < list->count; i++) {
        integers[i] = list->items[i]->integer;
        reals[i] = list->items[i]->real;
    }
    if (param->type == CNN_INTEGERS)
        out->integers = (cnn_integers){integers, list->count};
    else
        out->reals = (cnn_reals){reals, list->count};
    return accept_numbers(f, param, list);
}

static bool convert_word(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                         cnn_param_value *out)
{
    if (node->type == CNN_YAML_STRING && *node->text && param->type == CNN_STRING) {
        const bool path = param->flags & CNN_PATH;
        out->text = keep(f->memory, path ? cnn_path_absolute(node->text) : cnn_strdup(node->text));
        return true;
    }
    for (size_t i = 0; node->type == CNN_YAML_STRING && i < cnn_param_count_choices(param); i++) {
        out->index = (int32_t)i;
        if (strcmp(param->choices[i], node->text) == 0)
            return true;
    }
    return refuse(f, param, node, cnn_param_range(param));
}

bool cnn_param_convert(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                       cnn_param_value *out)
{
    memset(out, 0, sizeof *out); /* the null of strings, shapes and lists */
    const bool null = node->type == CNN_YAML_NULL && (param->flags & CNN_NULLABLE);
    switch (param->type) {
    case CNN_BOOL:
        out->index = node->boolean;
        return node->type == CNN_YAML_BOOL || refuse(f, param, node, cnn_param_range(param));
    case CNN_INTEGER:
        out->integer = null ? INT64_MIN : node->integer;
        return null || accept_number(f, param, node);
    case CNN_REAL:
        out->real = null ? (double)NAN : node->real;
        return null || accept_number(f, param, node);
    case CNN_CHOICE:
        out->index = -1;
        return null || convert_word(f, param, node, out);
    case CNN_STRING:
        return null || convert_word(f, param, node, out);
    case CNN_SHAPE:
        return null || convert_shape(f, param, node, &out->shape);
    default:
        return null || convert_list(f, param, node, out);
    }
}
