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

size_t cnn_param_count(const cnn_head *plugin)
{
    size_t count = 0;
    while (cnn_param_at(plugin, count))
        count++;
    return count;
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
    [CNN_NUMBERS] = {"numbers", "a map of names to reals", sizeof(cnn_numbers)},
    [CNN_TEXTS] = {"texts", "a list of strings, none empty", sizeof(cnn_texts)},
    [CNN_MATRIX] = {"matrix", "a list of rows, lists of reals", sizeof(cnn_matrix)},
    [CNN_PLUGIN] = {"plugin", "", sizeof(const cnn_handle *)},
};

const char *cnn_param_type_name(uint32_t type)
{
    return type > 0 && type <= CNN_PLUGIN ? cnn_param_types[type].name : "unknown";
}

size_t cnn_param_count_choices(const cnn_param *param)
{
    size_t count = 0;
    while (param->choices && count <= CNN_PARAM_MAX && param->choices[count])
        count++;
    return count;
}

/* ---- ranges --------------------------------------------------------------------------------- */

double cnn_param_lowest(const cnn_param *param)
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
    const double min = cnn_param_lowest(param), max = param->max, x = node->real;
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
    cnn_format_real(cnn_param_lowest(param), min);
    cnn_format_real(param->max, max);
    if (isinf(cnn_param_lowest(param)) && isinf(param->max))
        return cnn_strdup("");
    if (isinf(param->max))
        return above ? cnn_format("above %s", min) : cnn_format("%s%s or more", of, min);
    if (isinf(cnn_param_lowest(param)))
        return below ? cnn_format("below %s", max) : cnn_format("%s%s or less", of, max);
    return cnn_format("in %c%s, %s%c", above ? '(' : '[', min, max, below ? ')' : ']');
}

/* "a schedule"; "a list of 1 to 1000 layers" */
static char *plugin_range(const cnn_param *param)
{
    const char *name = cnn_kind_name(param->kind);
    if (param->type == CNN_PLUGINS)
        return cnn_format("a list of %g to %g %ss", param->min, param->max, name);
    return cnn_format("%s %s%s", strchr("aeiou", name[0]) ? "an" : "a", name,
                      param->flags & CNN_NULLABLE ? ", or null" : "");
}

char *cnn_param_range(const cnn_param *param)
{
    if (param->type == CNN_SECTION)
        return cnn_strdup("a map");
    if (param->type >= CNN_PLUGIN)
        return plugin_range(param);
    const bool path = param->type == CNN_STRING && (param->flags & CNN_PATH);
    cnn_text out = {0};
    cnn_text_add(&out, "%s", path ? "a path" : cnn_param_types[param->type].words);
    for (size_t i = 0; i < cnn_param_count_choices(param); i++)
        cnn_text_add(&out, "%s%s", i ? ", " : "", param->choices[i]);
    if (param->type != CNN_BOOL && param->type != CNN_STRING && param->type != CNN_CHOICE &&
        param->type != CNN_TEXTS) {
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

bool cnn_param_refuse(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
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

bool cnn_param_accept_number(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node)
{
    /* INT64_MIN stands for null, so it is no value. */
    const bool integer = node->type == CNN_YAML_INTEGER && node->integer != INT64_MIN;
    const bool real = node->type == CNN_YAML_REAL && param->type == CNN_REAL;
    if (real && !isfinite(node->real))
        return cnn_param_refuse(f, param, node, cnn_strdup("finite"));
    if (!integer && !real)
        return cnn_param_refuse(f, param, node, cnn_param_range(param));
    return in_range(param, node) || cnn_param_refuse(f, param, node, bounds(param, ""));
}

static bool convert_word(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                         cnn_param_value *out)
{
    if (node->type == CNN_YAML_STRING && *node->text && param->type == CNN_STRING) {
        const bool path = param->flags & CNN_PATH;
        out->text = cnn_param_keep(f->memory,
                                   path ? cnn_path_absolute(node->text) : cnn_strdup(node->text));
        return true;
    }
    for (size_t i = 0; node->type == CNN_YAML_STRING && i < cnn_param_count_choices(param); i++) {
        out->index = (int32_t)i;
        if (strcmp(param->choices[i], node->text) == 0)
            return true;
    }
    return cnn_param_refuse(f, param, node, cnn_param_range(param));
}

bool cnn_param_convert(const cnn_filling *f, const cnn_param *param, const cnn_yaml *node,
                       cnn_param_value *out)
{
    memset(out, 0, sizeof *out); /* the null of strings, shapes and lists */
    const bool null = node->type == CNN_YAML_NULL && (param->flags & CNN_NULLABLE);
    switch (param->type) {
    case CNN_BOOL:
        out->index = node->boolean;
        return node->type == CNN_YAML_BOOL ||
               cnn_param_refuse(f, param, node, cnn_param_range(param));
    case CNN_INTEGER:
        out->integer = null ? INT64_MIN : node->integer;
        return null || cnn_param_accept_number(f, param, node);
    case CNN_REAL:
        out->real = null ? (double)NAN : node->real;
        return null || cnn_param_accept_number(f, param, node);
    case CNN_CHOICE:
        out->index = -1;
        return null || convert_word(f, param, node, out);
    case CNN_STRING:
        return null || convert_word(f, param, node, out);
    case CNN_SHAPE:
        return null || cnn_param_convert_shape(f, param, node, &out->shape);
    case CNN_PLUGIN:
        return null || cnn_instance_read(f, param->kind, node, &out->plugin);
    default:
        return null || cnn_param_convert_list(f, param, node, out);
    }
}
