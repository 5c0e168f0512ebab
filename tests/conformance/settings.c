/* settings.c - values for a plugin's parameters: defaults, edges of the ranges, random ones. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance.h"

#define FAR 1000.0 /* stands for an unbounded end of a range */

/* Plugins for a parameter that is one, two of a kind, which need no parameters of their own. */
static const char *const plugins_of[CNN_KINDS + 1][2] = {
    [CNN_KIND_INITIALIZER] = {"glorot_uniform", "ones"},
    [CNN_KIND_LAYER] = {"relu", "softmax"},
    [CNN_KIND_LOSS] = {"mean_squared_error", "hinge"},
    [CNN_KIND_OPTIMIZER] = {"sgd", "adam"},
    [CNN_KIND_SCHEDULE] = {"constant", "warmup"},
    [CNN_KIND_DATASET] = {"synthetic_digits", "synthetic_digits"},
    [CNN_KIND_CALLBACK] = {"findings", "early_stopping"},
};

/* The words with which a value that holds no items is written; NULL: there is none. */
static const char *empty(uint32_t type)
{
    return type == CNN_NUMBERS ? "{}"
           : type == CNN_INTEGERS || type == CNN_REALS || type == CNN_PAIRS || type == CNN_TEXTS ||
                   type == CNN_MATRIX
               ? "[]"
               : NULL;
}

static bool is_whole(uint32_t type)
{
    return type == CNN_INTEGER || type == CNN_INTEGERS || type == CNN_PAIRS || type == CNN_SHAPE;
}

static double low_of(const cnn_param *p)
{
    const double low = isinf(p->min) ? fmin(-FAR, p->max - FAR) : p->min;
    return isfinite(low) ? low : -FAR;
}

static double high_of(const cnn_param *p)
{
    const double high = isinf(p->max) ? fmax(FAR, low_of(p) + FAR) : p->max;
    return is_whole(p->type) ? fmin(high, fmax(low_of(p), 64)) : high; /* sizes stay small */
}

/* The range's ends, just inside where they are open. */
static double inside(const cnn_param *p, double value)
{
    const double low = low_of(p), high = high_of(p);
    const double step = is_whole(p->type) ? 1 : fmin((high - low) * 1e-3, 1e-3);
    if (p->flags & CNN_ABOVE_MIN && value <= low)
        value = low + step;
    if (p->flags & CNN_BELOW_MAX && value >= high && high >= p->max)
        value = high - step;
    return is_whole(p->type) ? nearbyint(value) : value;
}

/* A number as the parameter's type writes it, lists with one or two of it. */
static char *written(const cnn_param *p, double value)
{
    char number[32], other[32];
    const double v = inside(p, value);
    cnn_format_real(v, number);
    cnn_format_real(inside(p, v + (v + 1 > high_of(p) ? -1 : 1)), other);
    if (is_whole(p->type) && v == 0)
        snprintf(number, sizeof number, "0");
    switch (p->type) {
    case CNN_PAIRS:
        return cnn_format("[[%s, %s]]", number, other);
    case CNN_INTEGERS:
    case CNN_REALS:
        return cnn_format("[%s]", number);
    case CNN_SHAPE:
        return cnn_format("[%s, %s]", number, number);
    case CNN_NUMBERS:
        return cnn_format("{0: %s, name: %s}", number, other);
    case CNN_MATRIX:
        return cnn_format("[[%s, %s], [%s, %s]]", number, other, other, number);
    default:
        return cnn_strdup(number);
    }
}

/* A small value within range, for a parameter that has no default. */
static double middle(const cnn_param *p)
{
    return fmax(low_of(p), fmin(high_of(p), is_whole(p->type) ? 3 : 0.5));
}

static size_t choices_of(const cnn_param *p)
{
    size_t n = 0;
    while (p->choices && p->choices[n])
        n++;
    return n;
}

/* True for the types whose values are words; the others are numbers, one or several. */
static bool is_words(const cnn_param *p)
{
    return p->type == CNN_BOOL || p->type == CNN_CHOICE || p->type == CNN_TEXTS ||
           p->type == CNN_PLUGIN;
}

/* The two ends and a value between; each choice; both truths; two lists of texts, two plugins; then
 * the empty one and null. */
static size_t plain_values(const cnn_param *p)
{
    return p->type == CNN_CHOICE   ? choices_of(p)
           : p->type == CNN_STRING ? 0
           : p->type == CNN_PLUGIN && (p->kind > CNN_KINDS || !plugins_of[p->kind][0]) ? 0
           : is_words(p)                                                               ? 2
                                                                                       : 3;
}

size_t kit_param_values(const cnn_param *param)
{
    return plain_values(param) + (empty(param->type) != NULL) +
           (param->flags & CNN_NULLABLE ? 1 : 0);
}

char *kit_param_value(const cnn_param *p, size_t index)
{
    const size_t plain = plain_values(p);
    if (index == plain && empty(p->type))
        return cnn_strdup(empty(p->type));
    if (index >= plain)
        return cnn_strdup("null");
    if (p->type == CNN_BOOL)
        return cnn_strdup(index ? "true" : "false");
    if (p->type == CNN_CHOICE)
        return cnn_strdup(p->choices[index]);
    if (p->type == CNN_TEXTS)
        return cnn_strdup(index ? "[word, '7', \"two words, with \\u00e9\"]" : "[word]");
    if (p->type == CNN_PLUGIN)
        return cnn_strdup(plugins_of[p->kind][index]);
    const double low = low_of(p), high = high_of(p);
    return written(p, index == 0 ? low : index == 1 ? high : low + (high - low) / 3);
}

char *kit_param_usual(const cnn_param *p, size_t index)
{
    char *end = NULL;
    const double usual = p->fallback ? strtod(p->fallback, &end) : middle(p);
    if ((p->type != CNN_INTEGER && p->type != CNN_REAL) || (end && *end))
        return index < kit_param_values(p) ? kit_param_value(p, index) : NULL;
    const double low = low_of(p), high = high_of(p);
    const bool bounded = isfinite(p->min) && isfinite(p->max);
    const double less = bounded ? (low + usual) / 2 : usual / 2, more = bounded
                                                                            ? (3 * usual + high) / 4
                                                                        : usual != 0 ? 2 * usual
                                                                                     : 0.5;
    const double values[] = {more, less, bounded ? (low + high) / 2 : usual};
    return index < sizeof values / sizeof values[0]
               ? written(p, fmax(low, fmin(high, values[index])))
               : NULL;
}

char *kit_param_random(kit_case *c, const cnn_param *p)
{
    if (!plain_values(p))
        return NULL;
    if (p->flags & CNN_NULLABLE && kit_below(c, 4) == 0)
        return cnn_strdup("null");
    if (empty(p->type) && kit_below(c, 4) == 0)
        return cnn_strdup(empty(p->type));
    if (is_words(p))
        return kit_param_value(p, kit_below(c, plain_values(p)));
    /* Wide ranges are mostly interesting near the default and near 0. */
    const double low = low_of(p), high = high_of(p), u = kit_uniform(c);
    const double span = kit_below(c, 2) ? fmin(high - low, 4) : high - low;
    return written(p, low <= 0 && high >= 0 && kit_below(c, 2) ? fmax(low, fmin(high, 4 * u - 2))
                                                               : low + span * u);
}

void kit_param_set(cnn_yaml *given, const char *name, const char *value)
{
    cnn_report report = {0};
    cnn_yaml *node = cnn_yaml_parse(value, strlen(value), "the kit", &report);
    if (!node)
        kit_tool_error("%s: '%s' is no YAML", name, value);
    cnn_yaml_put(given, name, node);
}

/* ---- settings ------------------------------------------------------------------------------- */

bool kit_param_is_given(const kit_case *c, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < c->options->given_count; i++)
        if (strncmp(c->options->given[i], name, length) == 0 && c->options->given[i][length] == '=')
            return true;
    return false;
}

static char *guess(const cnn_param *p)
{
    if (!plain_values(p))
        kit_skip("parameter %s has no default; give it with --set %s=VALUE", p->name, p->name);
    if (is_words(p))
        return kit_param_value(p, 0);
    return written(p, middle(p));
}

/* Datasets are kept small: where they may have so few samples, 200 of anything are enough. */
static char *small(const kit_case *c, const cnn_param *p)
{
    const bool counts =
        c->subject->kind == CNN_KIND_DATASET && p->type == CNN_INTEGER && p->fallback;
    return counts && strtod(p->fallback, NULL) > 200 && p->min <= 200 ? cnn_strdup("200") : NULL;
}

cnn_yaml *kit_defaults(const kit_case *c)
{
    cnn_yaml *given = cnn_yaml_new(CNN_YAML_MAP);
    const cnn_param *p;
    for (size_t i = 0; i < c->options->given_count; i++) {
        const char *text = c->options->given[i], *equal = strchr(text, '=');
        char *name = cnn_format("%.*s", (int)(equal - text), text);
        kit_param_set(given, name, equal + 1);
        free(name);
    }
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++) {
        if (kit_param_is_given(c, p->name))
            continue;
        char *value = p->fallback ? small(c, p) : guess(p);
        if (value)
            kit_param_set(given, p->name, value);
        free(value);
    }
    for (size_t i = 0; c->setting && i < c->setting->count; i++)
        cnn_yaml_put(given, c->setting->keys[i]->text, cnn_yaml_copy(c->setting->items[i]));
    return given;
}

cnn_yaml *kit_random_setting(kit_case *c)
{
    cnn_yaml *given = kit_defaults(c);
    const cnn_param *p;
    for (size_t i = 0; (p = cnn_param_at(&c->file->head, i)); i++) {
        char *value = kit_param_is_given(c, p->name) ? NULL : kit_param_random(c, p);
        if (value)
            kit_param_set(given, p->name, value);
        free(value);
    }
    return given;
}

const char *kit_setting_text(const cnn_yaml *given)
{
    static char text[160];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; given && i < given->count; i++) {
        char *value = cnn_yaml_emit(given->items[i]);
        for (char *p = value; *p; p++)
            *p = *p == '\n' ? ' ' : *p;
        size_t length = strlen(value);
        while (length && value[length - 1] == ' ')
            value[--length] = '\0';
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s: %s", i ? ", " : "",
                                 given->keys[i]->text, value);
        free(value);
        if (used >= sizeof text)
            break;
    }
    return text;
}
