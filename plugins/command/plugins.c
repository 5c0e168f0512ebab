/* plugins.c - `cnnrun plugins`: what is installed, and each plugin's manual. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/command.h"

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

/* A plugin of the catalogue that was opened, and its number there. */
typedef struct opened {
    cnnrun_catalogue *catalogue;
    size_t entry;
    cnnrun_plugin plugin;
} opened;

#define NAMES 29 /* columns of the list that names take; a longer one has a line of its own */

/* ---- as text -------------------------------------------------------------------------------- */

/* Prints text folded at 80 columns, each line after `indent` spaces; the first one is `begun`
 * already, as far as that column. */
static void print_rest(const char *text, int indent, bool begun)
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
        printf("%*s%.*s\n", length && !begun ? indent : 0, "", (int)cut, text);
        begun = false;
        text += cut;
        text += *text == '\n' || *text == ' ';
    }
    free(whole);
}

static void print_folded(const char *text, int indent)
{
    print_rest(text, indent, false);
}

/* Parameter i of an opened plugin, each time from the catalogue; false past the last. */
static bool parameter_at(const opened *o, size_t i, cnnrun_parameter *parameter)
{
    *parameter = (cnnrun_parameter){.struct_size = sizeof *parameter};
    return cnnrun_catalogue_parameter(o->catalogue, o->entry, i, parameter);
}

static void print_parameter(const cnnrun_parameter *parameter)
{
    cnn_print(stdout, "  %s: %s", parameter->name, parameter->range);
    if (parameter->fallback)
        cnn_print(stdout, "; default %s\n", parameter->fallback);
    else
        printf("; required\n");
    print_folded(parameter->help, 6);
}

/* Lines to paste: required parameters as "...", the rest at their defaults. An item of a list needs
 * no braces around its name. */
static void print_snippet(const opened *o)
{
    const cnnrun_plugin *plugin = &o->plugin;
    const size_t length = strlen(plugin->place);
    const bool item = length >= 2 && strcmp(plugin->place + length - 2, "- ") == 0;
    cnnrun_parameter parameter;
    printf("\nin a pipeline\n  %s%s%s", plugin->place, plugin->parameter_count && !item ? "{" : "",
           plugin->name);
    for (size_t i = 0; i < plugin->parameter_count && parameter_at(o, i, &parameter); i++)
        cnn_print(stdout, "%s%s: %s", i ? ", " : ": {", parameter.name,
                  parameter.fallback ? parameter.fallback : "...");
    printf("%s\n", !plugin->parameter_count ? "" : item ? "}" : "}}");
}

static void print_manual(const opened *o)
{
    const cnnrun_plugin *plugin = &o->plugin;
    cnn_print(stdout, "%s/%s - %s\n", cnnrun_kind_name(plugin->kind), plugin->name,
              plugin->summary);
    if (plugin->doc) {
        printf("\n");
        print_folded(plugin->doc, 2);
    }
    printf("\nparameters%s\n", plugin->parameter_count ? "" : ": none");
    cnnrun_parameter parameter;
    for (size_t i = 0; parameter_at(o, i, &parameter); i++) {
        if (i == plugin->parameter_count)
            printf("\noptions, which cnnrun reads for every %s; 0 switches one off\n",
                   cnnrun_kind_name(plugin->kind));
        print_parameter(&parameter);
    }
    cnn_print(stdout, "\nfile\n  %s\n  SHA-256 %s, ABI %u.%u, %s\n", plugin->file, plugin->sha256,
              plugin->abi_major, plugin->abi_minor, plugin->compiler);
    print_snippet(o);
}

static void print_list(const opened *plugins, size_t count)
{
    uint32_t kind = 0;
    for (size_t i = 0; i < count; i++) {
        const cnnrun_plugin *plugin = &plugins[i].plugin;
        if (plugin->kind != kind)
            printf("%s%s\n", kind ? "\n" : "", cnnrun_kind_name(plugin->kind));
        kind = plugin->kind;
        const bool fits = strlen(plugin->name) < NAMES - 2;
        printf(fits ? "  %-*s" : "  %-*s\n", NAMES - 2, plugin->name);
        print_rest(plugin->summary, NAMES, fits);
    }
}

/* ---- as JSON -------------------------------------------------------------------------------- */

static json_t *bound(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *parameter_json(const cnnrun_parameter *p)
{
    json_t *node =
        json_pack("{s:s, s:s, s:s, s:s?, s:b, s:s}", "name", p->name, "type", p->type, "range",
                  p->range, "default", p->fallback, "required", !p->fallback, "help", p->help);
    if (p->choices) {
        json_t *choices = json_array();
        for (size_t i = 0; p->choices[i]; i++)
            json_array_append_new(choices, json_string(p->choices[i]));
        json_object_set_new(node, "choices", choices);
    } else if (strcmp(p->type, "bool") != 0 && strcmp(p->type, "string") != 0) {
        json_object_set_new(node, "min", bound(p->min));
        json_object_set_new(node, "max", bound(p->max));
    }
    return node;
}

static json_t *plugin_json(const opened *o)
{
    const cnnrun_plugin *plugin = &o->plugin;
    json_t *parameters = json_array(), *more = plugin->option_count ? json_array() : NULL;
    cnnrun_parameter parameter;
    for (size_t i = 0; parameter_at(o, i, &parameter); i++)
        json_array_append_new(i < plugin->parameter_count ? parameters : more,
                              parameter_json(&parameter));
    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o*, s:s, s:s}", "kind",
                     cnnrun_kind_name(plugin->kind), "name", plugin->name, "summary",
                     plugin->summary, "doc", plugin->doc, "parameters", parameters, "options", more,
                     "file", plugin->file, "sha256", plugin->sha256);
}

static void print_json(const opened *plugins, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, plugin_json(&plugins[i]));
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

static bool entry_at(const cnnrun_catalogue *catalogue, size_t i, cnnrun_entry *entry)
{
    *entry = (cnnrun_entry){.struct_size = sizeof *entry};
    return cnnrun_catalogue_entry(catalogue, i, entry);
}

static wish read_wish(const char *argument)
{
    const char *slash = strchr(argument, '/'), *name;
    const size_t length = slash ? (size_t)(slash - argument) : strlen(argument);
    for (uint32_t kind = 1; (name = cnnrun_kind_name(kind)); kind++)
        if (strlen(name) == length && strncmp(name, argument, length) == 0)
            return (wish){kind, slash ? slash + 1 : NULL};
    return (wish){0, argument};
}

/* The nearest is looked for among kinds and names; but where a kind was asked for, among its
 * plugins, and a plugin of that very name is nearer, whatever its kind. */
static void report_unknown(const cnnrun_catalogue *catalogue, wish w, cnn_report *report)
{
    cnn_words names = {0};
    cnnrun_entry entry;
    const char *kind = NULL, *name;
    for (size_t i = 0; entry_at(catalogue, i, &entry); i++) {
        if (w.kind && strcmp(entry.name, w.name) == 0)
            kind = cnnrun_kind_name(entry.kind);
        if (!w.kind || entry.kind == w.kind)
            cnn_words_add(&names, entry.name);
    }
    for (uint32_t k = 1; !w.kind && (name = cnnrun_kind_name(k)); k++)
        cnn_words_add(&names, name);
    const char *near = kind ? w.name : cnn_nearest(w.name, names.items, names.count);
    if (w.kind && !kind)
        kind = cnnrun_kind_name(w.kind);
    char *hint =
        near ? cnn_format("; did you mean '%s%s%s'?", kind ? kind : "", kind ? "/" : "", near)
             : cnn_strdup("; 'cnnrun plugins' lists them");
    cnn_report_add(report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "no %s is called '%s'%s",
                   w.kind ? cnnrun_kind_name(w.kind) : "kind and no plugin", w.name, hint);
    free(hint);
    cnn_words_free(&names);
}

static void show(cnnrun_catalogue *catalogue, wish w, bool json, cnnrun_error *error,
                 cnn_report *report)
{
    opened *plugins = NULL;
    cnnrun_entry entry;
    size_t found = 0, wanted = 0;
    for (size_t i = 0; entry_at(catalogue, i, &entry); i++) {
        opened o = {catalogue, i, {.struct_size = sizeof o.plugin}};
        if ((w.kind && entry.kind != w.kind) || (w.name && strcmp(entry.name, w.name) != 0))
            continue;
        wanted++;
        if (!cnnrun_catalogue_plugin(catalogue, i, &o.plugin, error))
            continue;
        plugins = cnn_realloc(plugins, found + 1, sizeof *plugins);
        plugins[found++] = o;
    }
    cnn_command_take(error, report);
    if (!wanted && w.name)
        report_unknown(catalogue, w, report);
    else if (json)
        print_json(plugins, found);
    else if (!w.name)
        print_list(plugins, found);
    for (size_t i = 0; !json && w.name && i < found; i++) {
        if (i)
            printf("\n");
        print_manual(&plugins[i]);
    }
    free(plugins);
}

static int run(const cnn_call *call, cnn_report *report)
{
    const cnnrun_options how = {.struct_size = sizeof how,
                                .plugin_paths = given.plugin_path.items,
                                .plugin_path_count = given.plugin_path.count};
    const wish w = call->count ? read_wish(call->arguments[0]) : (wish){0, NULL};
    cnnrun_name_crashes();
    cnnrun_error *error = cnnrun_error_new();
    cnnrun_catalogue *catalogue = cnnrun_catalogue_open(&how, error);
    if (catalogue)
        show(catalogue, w, given.json, error, report);
    cnn_command_take(error, report);
    cnnrun_catalogue_close(catalogue);
    cnnrun_error_free(error);
    cnn_words_free(&given.plugin_path);
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
