/* find.c - which file the user means: a path, a NAME or KIND/NAME in the search path. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit.h"
#include "plugin/private.h"

/* conv2d.avx2.so is plugin conv2d. */
static bool take_file(const char *path, kit_subject *subject, cnn_report *report)
{
    cnn_abi abi;
    char *real = realpath(path, NULL);
    if (!real)
        return cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "%s: %s", path,
                              strerror(errno));
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    subject->path = real;
    subject->name = cnn_format("%.*s", (int)strcspn(base, "."), base);
    const size_t errors = report->errors;
    subject->kind = cnn_plugin_peek(real, &abi, report) && cnn_kind_name(abi.kind) ? abi.kind : 0;
    return report->errors == errors;
}

static bool take_name(cnn_plugins *plugins, const char *what, kit_subject *subject,
                      cnn_report *report)
{
    const char *slash = strchr(what, '/'), *name = slash ? slash + 1 : what;
    char *kind_name = cnn_format("%.*s", slash ? (int)(slash - what) : 0, what);
    const uint32_t kind = slash ? cnn_kind_of(kind_name) : 0;
    free(kind_name);
    size_t count, found = 0;
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, kind, &count, report);
    const char **names = cnn_alloc(count, sizeof *names);
    cnn_text all = {0};
    char *path = NULL;
    for (size_t i = 0; i < count; i++) {
        names[i] = entries[i].name;
        if (strcmp(name, entries[i].name) != 0)
            continue;
        cnn_text_add(&all, "%s%s/%s", found++ ? ", " : "", cnn_kind_name(entries[i].kind), name);
        free(path);
        path = cnn_plugins_variant(plugins, entries[i].path);
    }
    char *hint = cnn_suggest(name, names, count);
    bool good = false;
    if (slash && !kind)
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE, "'%s' is no file and no KIND/NAME",
                       what);
    else if (found == 0)
        cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "no plugin '%s'%s", what, hint);
    else if (found > 1)
        cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE,
                       "'%s' is %zu plugins, %s; name one of them", what, found, all.data);
    else
        good = take_file(path, subject, report);
    free(hint);
    free(path);
    free(names);
    cnn_text_free(&all);
    cnn_plugin_entries_free(entries, count);
    return good;
}

bool kit_find(cnn_plugins *plugins, const char *what, kit_subject *subject, cnn_report *report)
{
    const size_t length = strlen(what);
    const char *dot = strrchr(what, '.');
    if (dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".cc") == 0 || strcmp(dot, ".cpp") == 0 ||
                strcmp(dot, ".cxx") == 0))
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s is a source; first compile it: cnnrun build %s", what, what);
    const bool is_file = length > 3 && strcmp(what + length - 3, ".so") == 0;
    return is_file ? take_file(what, subject, report) : take_name(plugins, what, subject, report);
}
