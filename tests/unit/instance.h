/* instance.h - for tests of plugins: an instance from a line of YAML, or the message that refuses
 * it. */
#ifndef UNIT_INSTANCE_H
#define UNIT_INSTANCE_H

#include "unit.h"

#include "plugin.h"

#include <stdio.h>
#include <string.h>

static inline cnn_instance *instance_try(uint32_t kind, const char *spec, cnn_report *report)
{
    static cnn_plugins *plugins; /* as long as the process, as plugins are */
    char folder[4096];
    const char *const paths[] = {folder};
    ck_assert_int_lt(snprintf(folder, sizeof folder, "%s/plugins", unit_build()), sizeof folder);
    if (!plugins)
        plugins = cnn_plugins_new(paths, 1, report);
    cnn_yaml *root = cnn_yaml_parse(spec, strlen(spec), "spec", report);
    cnn_instance *instance = plugins && root ? cnn_instance_new(plugins, kind, root, report) : NULL;
    cnn_yaml_free(root);
    return instance;
}

/* Free with cnn_instance_free. */
static inline cnn_instance *instance_of(uint32_t kind, const char *spec)
{
    cnn_report report = {0};
    cnn_instance *instance = instance_try(kind, spec, &report);
    if (!instance)
        ck_abort_msg("%s: %s", spec,
                     report.count ? report.problems[0].text : "no instance, no message");
    cnn_report_free(&report);
    return instance;
}

/* The spec is refused, and the first message holds `text`. */
static inline void instance_refused(uint32_t kind, const char *spec, const char *text)
{
    cnn_report report = {0};
    cnn_instance *instance = instance_try(kind, spec, &report);
    ck_assert_msg(!instance, "%s was taken", spec);
    ck_assert_uint_ge(report.errors, 1);
    ck_assert_msg(strstr(report.problems[0].text, text), "%s: %s", spec, report.problems[0].text);
    cnn_report_free(&report);
}

/* What the resolved pipeline says of an instance. */
static inline void instance_resolves(uint32_t kind, const char *spec, const char *expected)
{
    cnn_instance *instance = instance_of(kind, spec);
    cnn_yaml *resolved = cnn_instance_resolved(instance);
    char *text = cnn_yaml_emit(resolved);
    ck_assert_str_eq(text, expected);
    free(text);
    cnn_yaml_free(resolved);
    cnn_instance_free(instance);
}

#endif
