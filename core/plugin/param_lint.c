/* param_lint.c - checks a plugin's parameter table before anything relies on it. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin/kinds.h"
#include "plugin/param_types.h"

static bool is_reserved(const char *name)
{
    static const char *const reserved[] = {
        "name",      "limit",   "activation", "kernel_initializer", "input",       "inputs",
        "trainable", "lr_mult", "decay_mult", "bias_initializer",   "class_weight"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(name, reserved[i]) == 0)
            return true;
    return false;
}

/* The options that the host reads for every optimizer, as optimizer.h says. */
static bool is_option(const char *name)
{
    static const char *const options[] = {"weight_decay",    "l2",  "clipvalue",    "clipnorm",
                                          "global_clipnorm", "ema", "decay_exclude"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strcmp(name, options[i]) == 0)
            return true;
    return false;
}

/* What is wrong with the field's place, or NULL. The caller frees. */
static char *flaw_of_field(const cnn_head *plugin, const cnn_param *p, size_t index)
{
    const uint64_t size = cnn_param_types[p->type].size, align = size < 8 ? size : 8;
    uint64_t end;
    if (p->size != size)
        return cnn_format("its field has %llu bytes; a %s has %llu", (unsigned long long)p->size,
                          cnn_param_type_name(p->type), (unsigned long long)size);
    if (!cnn_add(p->offset, p->size, &end) || end > plugin->self_size)
        return cnn_format("its field at offset %llu ends past self_size, %llu",
                          (unsigned long long)p->offset, (unsigned long long)plugin->self_size);
    if (p->offset % align)
        return cnn_format("its field is at offset %llu; it must be a multiple of %llu",
                          (unsigned long long)p->offset, (unsigned long long)align);
    for (size_t i = 0; i < index; i++) {
        const cnn_param *other = cnn_param_at(plugin, i);
        if (p->offset < other->offset + other->size && other->offset < end)
            return cnn_format("its field overlaps that of '%s'", other->name);
    }
    return NULL;
}

static char *flaw_of_choices(const cnn_param *p)
{
    const size_t count = cnn_param_count_choices(p);
    if ((p->type == CNN_CHOICE) != (count > 0))
        return cnn_strdup(p->type == CNN_CHOICE ? "it has no choices; a choice needs one or more"
                                                : "it has choices; only a choice may have them");
    if (count > CNN_PARAM_MAX)
        return cnn_format("it has more than %u choices, or no NULL after the last", CNN_PARAM_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(p->choices[i], p->choices[j]) == 0)
                return cnn_format("choice '%s' is there twice", p->choices[i]);
    return NULL;
}

static char *flaw_of_default(const cnn_param *p)
{
    if (!p->fallback)
        return NULL;
    cnn_param_memory memory = {0};
    cnn_report report = {0};
    cnn_param_value value;
    cnn_yaml *node = cnn_yaml_parse(p->fallback, strlen(p->fallback), "default", &report);
    const cnn_filling f = {.plugin = "default", .memory = &memory, .report = &report};
    char *flaw = NULL;
    if (!node || !cnn_param_convert(&f, p, node, &value)) {
        char *range = cnn_param_range(p);
        flaw = cnn_format("its default is '%s'; it must be %s", p->fallback, range);
        free(range);
    }
    cnn_yaml_free(node);
    cnn_param_memory_free(&memory);
    cnn_report_free(&report);
    return flaw;
}

/* The first thing that is wrong with entry `index`, or NULL. The caller frees. */
static char *flaw_of(const cnn_head *plugin, const cnn_param *p, size_t index)
{
    const uint32_t known = CNN_ABOVE_MIN | CNN_BELOW_MAX | CNN_NULLABLE | CNN_PATH;
    if (!cnn_is_identifier(p->name))
        return cnn_strdup("its name must match [a-z][a-z0-9_]* and have at most 64 bytes");
    if (is_reserved(p->name))
        return cnn_strdup("the name is the host's own; call it something else");
    if (plugin->kind == CNN_KIND_OPTIMIZER && is_option(p->name))
        return cnn_strdup("the host has this option for every optimizer; leave it out, and give "
                          "another default of it in `defaults`");
    for (size_t i = 0; i < index; i++)
        if (strcmp(cnn_param_at(plugin, i)->name, p->name) == 0)
            return cnn_strdup("it is there twice");
    if (!p->help || !*p->help)
        return cnn_strdup("its help is missing; it must be a sentence or two");
    if (p->type < CNN_BOOL || p->type > CNN_PLUGIN)
        return cnn_format("its type is %u; the types known are %u to %u", p->type, CNN_BOOL,
                          CNN_PLUGIN);
    if (p->type == CNN_PLUGIN ? !cnn_kind_name(p->kind) : p->kind != 0)
        return cnn_format("its kind is %u; it must be %s", p->kind,
                          p->type == CNN_PLUGIN ? "that of a plugin, CNN_KIND_..."
                                                : "0, since it is no plugin");
    if (p->flags & ~known)
        return cnn_format("its flags are %u; the flags known are %u", p->flags, known);
    if ((p->flags & CNN_PATH) && p->type != CNN_STRING)
        return cnn_format("a %s is no path; only a string may be", cnn_param_type_name(p->type));
    if ((p->flags & CNN_NULLABLE) && p->type == CNN_BOOL)
        return cnn_strdup("a bool cannot be null; make it a choice");
    if (!(p->min <= p->max))
        return cnn_format("min is %g and max %g; min must be max or less", p->min, p->max);
    char *flaw = flaw_of_field(plugin, p, index);
    if (!flaw)
        flaw = flaw_of_choices(p);
    return flaw ? flaw : flaw_of_default(p);
}

bool cnn_param_lint(const cnn_head *plugin, const char *path, cnn_report *report)
{
    bool good = true;
    for (size_t i = 0; cnn_param_at(plugin, i); i++) {
        if (i == CNN_PARAM_MAX)
            return cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                                  "%s: more than %u parameters, or no CNN_PARAM_END after the last",
                                  path, CNN_PARAM_MAX);
        const cnn_param *param = cnn_param_at(plugin, i);
        char *flaw = flaw_of(plugin, param, i);
        if (flaw)
            good = cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "%s: parameter '%s': %s",
                                  path, param->name, flaw);
        free(flaw);
    }
    return good;
}
