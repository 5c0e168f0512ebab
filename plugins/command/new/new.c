/* new.c - `cnnrun new KIND NAME [DIR]`: a plugin to start from, and a pipeline that uses
 * it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/program.h"
#include "base/text.h"
#include "command/command.h"

#define PLACEHOLDER "template_name"

/* The template with NAME in the placeholder's places; the caller frees. NULL with faults. */
static char *read_template(const char *kind, const char *extension, const char *name,
                           cnn_report *report)
{
    char *file = cnn_format("%s%s", kind, extension), *data = NULL;
    char *built = cnn_path_join("templates", file);
    char *installed = cnn_path_join("../share/cnnrun/templates", file);
    char *path = cnn_file_beside(built, installed);
    uint64_t size;
    cnn_text text = {0};
    if (!path)
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "the template %s is neither in templates beside cnnrun nor in "
                       "../share/cnnrun/templates; install cnnrun again",
                       file);
    else if (cnn_file_read(path, 1 << 20, CNN_EXIT_SYSTEM, &data, &size, report)) {
        const char *at = data;
        for (const char *place; (place = strstr(at, PLACEHOLDER)); at = place + strlen(PLACEHOLDER))
            cnn_text_add(&text, "%.*s%s", (int)(place - at), at, name);
        cnn_text_add(&text, "%s", at);
    }
    free(data);
    free(path);
    free(installed);
    free(built);
    free(file);
    return text.data;
}

/* Writes a file that is not there yet. */
static bool write_new(const char *path, const char *text, cnn_report *report)
{
    FILE *file = fopen(path, "wx");
    if (!file)
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: %s", path,
                              errno == EEXIST ? "it is there already; nothing is overwritten"
                                              : strerror(errno));
    const bool written = fputs(text, file) >= 0, closed = fclose(file) == 0;
    if (written && closed)
        return true;
    cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: cannot be written: %s", path,
                   strerror(errno));
    unlink(path);
    return false;
}

/* Both files, or neither. */
static bool write_both(const char *source, const char *pipeline, const char *kind, const char *name,
                       cnn_report *report)
{
    char *code = read_template(kind, ".c", name, report);
    char *yaml = code ? read_template(kind, ".yaml", name, report) : NULL;
    bool good = yaml && write_new(source, code, report);
    if (good && !write_new(pipeline, yaml, report)) {
        unlink(source);
        good = false;
    }
    free(code);
    free(yaml);
    return good;
}

/* The number of a kind, or 0 with a fault. */
static uint32_t find_kind(const char *kind, cnn_report *report)
{
    cnn_words names = {0};
    uint32_t number = 0;
    const char *name;
    for (uint32_t i = 1; (name = cnnrun_kind_name(i)); i++) {
        cnn_words_add(&names, name);
        if (strcmp(name, kind) == 0)
            number = i;
    }
    if (!number) {
        char *hint = cnn_suggest(kind, names.items, names.count);
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE, "'%s' is no kind of plugin%s", kind,
                       hint);
        free(hint);
    }
    cnn_words_free(&names);
    return number;
}

/* Faults for each plugin of the kind that has the name already. */
static void look_for_name(uint32_t kind, const char *name, cnn_report *report)
{
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_catalogue *catalogue = cnnrun_catalogue_open(NULL, error);
    cnnrun_entry entry = {.struct_size = sizeof entry};
    cnn_command_take(error, report);
    for (size_t i = 0; cnnrun_catalogue_entry(catalogue, i, &entry); i++)
        if (entry.kind == kind && strcmp(entry.name, name) == 0)
            cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                           "there is a %s called '%s' already, %s; two of one name cannot be told "
                           "apart, so choose another",
                           cnnrun_kind_name(kind), name, entry.path);
    cnnrun_catalogue_close(catalogue);
    cnnrun_error_free(error);
}

static void check_name(uint32_t kind, const char *name, cnn_report *report)
{
    if (!cnn_is_identifier(name) || strcmp(name, "null") == 0 || strcmp(name, "true") == 0 ||
        strcmp(name, "false") == 0)
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       "'%s' cannot be a plugin's name; it must match [a-z][a-z0-9_]*, have at "
                       "most 64 characters, and not be null, true or false",
                       name);
    else
        look_for_name(kind, name, report);
}

/* What to type next. */
static void print_next(const char *program, const char *dir, const char *source,
                       const char *pipeline)
{
    char *so =
        cnn_format("%s%.*s.so", strchr(source, '/') ? "" : "./", (int)strlen(source) - 2, source);
    cnn_text text = {0};
    cnn_text_add(&text, "wrote %s and %s; next:\n  ", source, pipeline);
    cnn_text_add_words(&text, (const char *const[]){program, "build", source, NULL});
    cnn_text_add(&text, "\n  ");
    cnn_text_add_words(&text, (const char *const[]){program, "check", so, NULL});
    cnn_text_add(&text, "\n  ");
    cnn_text_add_words(&text, (const char *const[]){program, pipeline, "--plugin-path", dir, NULL});
    cnn_print(stdout, "%s\n", text.data);
    cnn_text_free(&text);
    free(so);
}

static int run(const cnn_call *call, cnn_report *report)
{
    const char *kind = call->arguments[0], *name = call->arguments[1];
    const char *dir = call->count > 2 ? call->arguments[2] : ".";
    const uint32_t number = find_kind(kind, report);
    if (number)
        check_name(number, name, report);
    if (cnn_report_code(report) != CNN_EXIT_DONE || !cnn_folder_make(dir, report))
        return cnn_report_code(report);
    const char *place = strcmp(dir, ".") == 0 ? "" : dir, *dash = place[0] == '-' ? "./" : "";
    char *folder = cnn_format("%s%s", dash, place);
    char *stem = cnn_path_join(folder, name);
    char *source = cnn_format("%s.c", stem), *pipeline = cnn_format("%s.yaml", stem);
    if (write_both(source, pipeline, kind, name, report))
        print_next(call->program, *folder ? folder : ".", source, pipeline);
    free(pipeline);
    free(source);
    free(stem);
    free(folder);
    return cnn_report_code(report);
}

int main(int count, char **arguments)
{
    static const cnn_option options[] = {{0}};
    static const cnn_command command = {
        .name = "new",
        .usage =
            "usage: cnnrun new KIND NAME [DIR]         a plugin to start from, and its pipeline",
        .options = options,
        .min = 2,
        .max = 3,
        .takes = "a KIND, a NAME, and perhaps a folder",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
