/* unit_spec.h - for tests of plugins: which specs are refused, and how those taken resolve. */
#ifndef UNIT_SPEC_H
#define UNIT_SPEC_H

#include "unit_plugin.h"

/* The spec is refused, and what is reported holds `text`. */
static inline void unit_refused(uint32_t kind, const char *spec, const char *text)
{
    cnn_report report = {0};
    cnn_instance *instance = unit_try_instance(kind, spec, &report);
    ck_assert_msg(!instance, "%s was taken", spec);
    ck_assert_uint_ge(report.errors, 1);
    char *lines = unit_lines(&report);
    ck_assert_msg(strstr(lines, text), "%s", lines);
    free(lines);
    cnn_report_free(&report);
}

static inline bool unit_same(const cnn_yaml *a, const cnn_yaml *b)
{
    const bool numbers = a->type == CNN_YAML_INTEGER || a->type == CNN_YAML_REAL;
    if (a->type != b->type || a->count != b->count || (numbers && a->real != b->real) ||
        (a->type == CNN_YAML_BOOL && a->boolean != b->boolean) ||
        (a->type == CNN_YAML_STRING && strcmp(a->text, b->text) != 0))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!unit_same(a->items[i], b->items[i]) || (a->keys && !unit_same(a->keys[i], b->keys[i])))
            return false;
    return true;
}

/* What stands in a run's pipeline.yaml for the spec: this tree, its keys in this order. */
static inline void unit_resolves(uint32_t kind, const char *spec, const char *expected)
{
    cnn_report report = {0};
    cnn_instance *instance = unit_instance(kind, spec);
    cnn_yaml *resolved = cnn_instance_resolved(instance);
    cnn_yaml *wanted = cnn_yaml_parse(expected, strlen(expected), "expected", &report);
    unit_no_faults(&report);
    char *text = cnn_yaml_emit(resolved);
    ck_assert_msg(unit_same(resolved, wanted), "%s", text);
    free(text);
    cnn_yaml_free(wanted);
    cnn_yaml_free(resolved);
    cnn_instance_free(instance);
}

#endif
