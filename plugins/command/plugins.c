/* plugins.c - `cnnrun plugins`: what is installed, and each plugin's manual. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"
#include "plugin/crash.h"
#include "plugin/plugin.h"

static struct given {
    cnn_words plugin_path;
    bool json;
} given;

static const cnn_option options[] = {
    {"json", 0, CNN_OPTION_FLAG, NULL, &given.json, 0, 0, "print JSON"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {0},
};

/* ---- as text -------------------------------------------------------------------------------- */

/* Prints text folded at 80 columns, each line after `indent` spaces. */
static void print_folded(const char *text, int indent)
{
    char *whole = cnn_printable(text, "\n\t");
    for (text = whole; *text;) {
        size_t length = strcspn(text, "\n");
        const size_t room = 80 - (size_t)indent;
        size_t cut = length;
        if (length > room)
            for (cut = room; cut > 0 && text[cut] != ' ';)
                cut--;
        if (cut == 0)
            cut = length;
        printf("%*s%.*s\n", length ? indent : 0, "", (int)cut, text);
        text += cut;
        text += *text == '\n' || *text == ' ';
    }
    free(whole);
}

static void print_parameter(const cnn_param *param)
{
    char *range = cnn_param_range(param);
    cnn_print(stdout, "  %s: %s", param->name, range);
    if (param->fallback)
        cnn_print(stdout, "; default %s\n", param->fallback);
    else
        printf("; required\n");
    print_folded(param->help, 6);
    free(range);
}

/* Lines to paste: required parameters as "...", the rest at their defaults. */
static void print_snippet(const cnn_head *head)
{
    const cnn_kind *kind = cnn_kind_at(head->kind);
    const bool item = cnn_kind_is_item(kind); /* an item of a list needs no braces */
    const cnn_param *param = cnn_param_at(head, 0);
    printf("\nin a pipeline\n  %s%s%s", kind->place, param && !item ? "{" : "", head->name);
    for (size_t i = 0; param; param = cnn_param_at(head, ++i))
        cnn_print(stdout, "%s%s: %s", i ? ", " : ": {", param->name,
                  param->fallback ? param->fallback : "...");
    printf("%s\n", !cnn_param_at(head, 0) ? "" : item ? "}" : "}}");
}

static void print_manual(const cnn_plugin_file *file)
{
    const cnn_head *head = &file->head;
    cnn_print(stdout, "%s/%s - %s\n", cnn_kind_name(head->kind), head->name, head->summary);
    if (head->doc) {
        printf("\n");
        print_folded(head->doc, 2);
    }
    printf("\nparameters%s\n", cnn_param_at(head, 0) ? "" : ": none");
    const cnn_param *param;
    for (size_t i = 0; (param = cnn_param_at(head, i)) != NULL; i++)
        print_parameter(param);
    cnn_print(stdout, "\nfile\n  %s\n  SHA-256 %s, ABI %u.%u, %s\n", file->opened, file->sha256,
              file->abi.major, file->abi.minor, file->abi.compiler);
    print_snippet(head);
}

static void print_list(const cnn_plugin_file *const *files, size_t count)
{
    uint32_t kind = 0;
    for (size_t i = 0; i < count; i++) {
        if (files[i]->head.kind != kind)
            printf("%s%s\n", kind ? "\n" : "", cnn_kind_name(files[i]->head.kind));
        kind = files[i]->head.kind;
        cnn_print(stdout, "  %-28s %s\n", files[i]->head.name, files[i]->head.summary);
    }
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static json_t *bound(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *parameter_json(const cnn_param *param)
{
    char *range = cnn_param_range(param);
    json_t *node = json_pack("{s:s, s:s, s:s, s:s?, s:b, s:s}", "name", param->name, "type",
                             cnn_param_type_name(param->type), "range", range, "default",
                             param->fallback, "required", !param->fallback, "help", param->help);
    free(range);
    if (param->type == CNN_CHOICE) {
        json_t *choices = json_array();
        for (size_t i = 0; param->choices[i]; i++)
            json_array_append_new(choices, json_string(param->choices[i]));
        json_object_set_new(node, "choices", choices);
    } else if (param->type != CNN_BOOL && param->type != CNN_STRING) {
        json_object_set_new(node, "min", bound(param->min));
        json_object_set_new(node, "max", bound(param->max));
    }
    return node;
}

static json_t *plugin_json(const cnn_plugin_file *file)
{
    json_t *parameters = json_array();
    const cnn_param *param;
    for (size_t i = 0; (param = cnn_param_at(&file->head, i)) != NULL; i++)
        json_array_append_new(parameters, parameter_json(param));
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:s, s:s}", "kind", cnn_kind_name(file->head.kind),
                     "name", file->head.name, "summary", file->head.summary, "doc", file->head.doc,
                     "parameters", parameters, "file", file->opened, "sha256", file->sha256);
}

static void print_json(const cnn_plugin_file *const *files, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, plugin_json(files[i]));
    json_dumpf(list, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(list);
}

/* ---- which ---------------------------------------------------------------------------------- */

/* What the argument asks for: a kind, a name, or both. */
typedef struct wish {
    uint32_t kind;    /* 0: any */
    const char *name; /* NULL: all */
} wish;

static wish read_wish(const char *argument)
{
    const char *slash = strchr(argument, '/');
    char *kind =
        slash ? cnn_format("%.*s", (int)(slash - argument), argument) : cnn_format("%s", argument);
    const wish w = {cnn_kind_of(kind), slash ? slash + 1 : NULL};
    free(kind);
    return w.kind ? w : (wish){0, argument};
}

/* The nearest is looked for among kinds and names; but where a kind was asked for, among its
 * plugins, and a plugin of that very name is nearer, whatever its kind. */
static void report_unknown(const cnn_plugin_entry *entries, size_t count, wish w,
                           cnn_report *report)
{
    const char **names = cnn_alloc(count + CNN_KINDS, sizeof *names), *kind = NULL;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (w.kind && strcmp(entries[i].name, w.name) == 0)
            kind = cnn_kind_name(entries[i].kind);
        if (!w.kind || entries[i].kind == w.kind)
            names[known++] = entries[i].name;
    }
    for (uint32_t k = 1; !w.kind && k <= CNN_KINDS; k++)
        names[known++] = cnn_kind_name(k);
    const char *near = kind ? w.name : cnn_nearest(w.name, names, known);
    if (w.kind && !kind)
        kind = cnn_kind_name(w.kind);
    char *hint =
        near ? cnn_format("; did you mean '%s%s%s'?", kind ? kind : "", kind ? "/" : "", near)
             : cnn_strdup("; 'cnnrun plugins' lists them");
    cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "no %s is called '%s'%s",
                   w.kind ? cnn_kind_name(w.kind) : "kind and no plugin", w.name, hint);
    free(hint);
    free(names);
}

static void show(cnn_plugins *plugins, const cnn_plugin_entry *entries, size_t count, wish w,
                 bool json, cnn_report *report)
{
    const cnn_plugin_file **files = cnn_alloc(count, sizeof *files);
    size_t found = 0, wanted = 0;
    for (size_t i = 0; i < count; i++) {
        if ((w.kind && entries[i].kind != w.kind) ||
            (w.name && strcmp(entries[i].name, w.name) != 0))
            continue;
        wanted++;
        files[found] =
            cnn_plugins_open(plugins, entries[i].kind, entries[i].name, CNN_NOWHERE, report);
        found += files[found] != NULL;
    }
    if (!wanted && w.name)
        report_unknown(entries, count, w, report);
    else if (json)
        print_json(files, found);
    else if (!w.name)
        print_list(files, found);
    for (size_t i = 0; !json && w.name && i < found; i++) {
        if (i)
            printf("\n");
        print_manual(files[i]);
    }
    free(files);
}

static int run(const cnn_call *call, cnn_report *report)
{
    cnn_crash_catch();
    cnn_plugins *plugins =
        cnn_plugins_new(given.plugin_path.items, given.plugin_path.count, report);
    cnn_words_free(&given.plugin_path);
    if (!plugins)
        return cnn_report_code(report);
    const wish w = call->count ? read_wish(call->arguments[0]) : (wish){0, NULL};
    size_t count;
    cnn_plugin_entry *entries = cnn_plugins_list(plugins, 0, &count, report);
    show(plugins, entries, count, w, given.json, report);
    cnn_plugin_entries_free(entries, count);
    cnn_plugins_free(plugins);
    return cnn_report_code(report);
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "plugins",
        .usage = "usage: cnnrun plugins [KIND | NAME | KIND/NAME] [--json]\n"
                 "                                          what is installed; one plugin's manual",
        .options = options,
        .min = 0,
        .max = 1,
        .takes = "at most one KIND, NAME or KIND/NAME",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
