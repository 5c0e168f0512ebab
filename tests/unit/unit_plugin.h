/* unit_plugin.h - for tests of plugins: the build's plugins, and instances from a line of YAML.
 *
 *   cnn_instance *dense = unit_instance(CNN_KIND_LAYER, "dense: {units: 3}");
 *   ... dense->file->layer.plan(dense->self, ...) ...
 *   cnn_instance_free(dense); */
#ifndef UNIT_PLUGIN_H
#define UNIT_PLUGIN_H

#include <string.h>

#include "plugin/plugin.h"
#include "unit.h"

/* All entries of a report, a line each; the caller frees. */
static inline char *unit_lines(const cnn_report *report)
{
    cnn_text text = {0};
    for (size_t i = 0; i < report->count; i++) {
        char *line = cnn_report_line(report, i);
        cnn_text_add(&text, "%s%s", i ? "\n" : "", line);
        free(line);
    }
    return text.data ? text.data : cnn_format("%s", "");
}

/* Fails the test, with what was reported, if anything was. */
static inline void unit_no_faults(const cnn_report *report)
{
    char *lines = unit_lines(report);
    ck_assert_msg(report->count == 0, "%s", lines);
    free(lines);
}

/* The plugins of the build under test; opened once for each test, and left to its end. */
static inline cnn_plugins *unit_plugins(void)
{
    static cnn_plugins *plugins;
    if (!plugins) {
        cnn_report report = {0};
        char *folder = cnn_format("%s/plugins", unit_build());
        plugins = cnn_plugins_new((const char *const[]){folder}, 1, &report);
        unit_no_faults(&report);
        free(folder);
    }
    return plugins;
}

/* An instance of "name" or "name: {parameters}"; NULL with faults. */
static inline cnn_instance *unit_try_instance(uint32_t kind, const char *line, cnn_report *report)
{
    cnn_yaml *spec = cnn_yaml_parse(line, strlen(line), "line", report);
    cnn_instance *instance = spec ? cnn_instance_new(unit_plugins(), kind, spec, report) : NULL;
    cnn_yaml_free(spec);
    return instance;
}

/* The same where it must succeed. */
static inline cnn_instance *unit_instance(uint32_t kind, const char *line)
{
    cnn_report report = {0};
    cnn_instance *instance = unit_try_instance(kind, line, &report);
    unit_no_faults(&report);
    ck_assert_ptr_nonnull(instance);
    return instance;
}

#endif
