/* error.c - messages as the callers of the library see them; version and memory. */
#include <stdlib.h>

#include "api/api.h"
#include "base/memory.h"
#include "base/text.h"
#include "plugin/crash.h"

const char *cnnrun_version(void)
{
    return CNN_VERSION;
}

void cnnrun_on_out_of_memory(void (*handler)(void))
{
    cnn_memory_on_shortage(handler);
    cnn_memory_guard_json();
}

void cnnrun_name_crashes(void)
{
    cnn_crash_catch();
}

cnnrun_error *cnnrun_error_new(void)
{
    return cnn_alloc(1, sizeof(cnnrun_error));
}

void cnnrun_error_clear(cnnrun_error *error)
{
    if (!error)
        return;
    cnn_strings_free(&error->lines);
    cnn_report_free(&error->report);
    error->report = (cnn_report){0};
}

void cnnrun_error_free(cnnrun_error *error)
{
    cnnrun_error_clear(error);
    free(error);
}

int cnnrun_error_code(const cnnrun_error *error)
{
    return error ? cnn_report_code(&error->report) : CNN_EXIT_DONE;
}

size_t cnnrun_error_count(const cnnrun_error *error)
{
    return error ? error->report.count : 0;
}

bool cnnrun_error_message(cnnrun_error *error, size_t i, cnnrun_message *message)
{
    if (i >= cnnrun_error_count(error))
        return false;
    const cnn_problem *p = &error->report.problems[i];
    const cnnrun_message seen = {
        .code = p->code,
        .line = p->mark.line,
        .column = p->mark.column,
        .file = p->mark.file,
        .text = p->text,
        .whole = cnn_strings_keep(&error->lines, cnn_report_line(&error->report, i))};
    return cnn_struct_give(message, &seen, sizeof seen);
}

const char *cnnrun_error_text(cnnrun_error *error)
{
    cnn_text text = {0};
    for (size_t i = 0; i < cnnrun_error_count(error); i++) {
        char *line = cnn_report_line(&error->report, i);
        cnn_text_add(&text, "%s%s\n", error->report.problems[i].code ? "" : "warning: ", line);
        free(line);
    }
    return text.data ? cnn_strings_keep(&error->lines, text.data) : "";
}
