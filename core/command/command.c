/* command.c - what every command has in common: its options, --help, its exit code, and its report
 * printed at the end. */
#include "command/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"

static const char *prefix = "cnnrun";
static bool output_is_result = true;

void cnn_command_output_is_no_result(void)
{
    output_is_result = false;
}

int cnn_command_refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args), *shown = cnn_printable(text, "");
    va_end(args);
    fprintf(stderr, "%s: %s; see: %s --help\n", prefix, shown, prefix);
    free(shown);
    free(text);
    return CNN_EXIT_USAGE;
}

void cnn_command_show_warnings(cnn_report *report)
{
    static size_t shown;
    for (; shown < report->count; shown++) {
        if (report->problems[shown].code != 0)
            continue;
        char *line = cnn_report_line(report, shown);
        fprintf(stderr, "%s: warning: %s\n", prefix, line);
        free(line);
    }
}

static void print_report(cnn_report *report)
{
    cnn_command_show_warnings(report);
    for (size_t i = 0; i < report->count; i++) {
        if (report->problems[i].code == 0)
            continue;
        char *line = cnn_report_line(report, i);
        if (report->problems[i].mark.file)
            fprintf(stderr, "%s\n", line);
        else
            fprintf(stderr, "%s: %s\n", prefix, line);
        free(line);
    }
}

int cnn_command_end(cnn_report *report, int code)
{
    if (!cnn_report_output(report, output_is_result ? CNN_EXIT_OUTPUT : 0) && output_is_result &&
        code == CNN_EXIT_DONE)
        code = CNN_EXIT_OUTPUT;
    print_report(report);
    cnn_report_free(report);
    return code;
}

static void print_help(const cnn_command *command, const cnn_option *options)
{
    if (command->help) {
        command->help();
        return;
    }
    printf("%s\n\n", command->usage);
    cnn_options_print(options);
    if (command->notes)
        printf("\n%s\n", command->notes);
}

/* The command's options, and those that every command has; the caller frees. */
static cnn_option *all_options(const cnn_command *command, bool *help, bool *version)
{
    const cnn_option common[] = {
        {"help", 'h', CNN_OPTION_FLAG, NULL, help, 0, 0, "print this"},
        {"version", 0, CNN_OPTION_FLAG, NULL, version, 0, 0, "print cnnrun's version"},
    };
    const size_t more = sizeof common / sizeof common[0];
    size_t count = 0;
    while (command->options[count].name || command->options[count].letter)
        count++;
    cnn_option *options = cnn_alloc(count + more + 1, sizeof *options);
    if (count)
        memcpy(options, command->options, count * sizeof *options);
    memcpy(options + count, common, sizeof common);
    return options;
}

static int run(const cnn_command *command, const cnn_call *call, cnn_report *report)
{
    const char *name = command->name ? command->name : "training";
    for (size_t i = 0; i < call->count; i++)
        if (!*call->arguments[i])
            return cnn_command_refuse("argument %zu is empty; %s takes %s", i + 1, name,
                                      command->takes);
    if (call->count < command->min || call->count > command->max)
        return cnn_command_refuse("%s takes %s", name, command->takes);
    return command->run(call, report);
}

int cnn_command_main(const cnn_command *command, int count, char **arguments)
{
    bool help = false, version = false;
    cnn_words rest = {0};
    cnn_report report = {0};
    char *fault;
    int code = CNN_EXIT_DONE;
    cnn_memory_guard();
    if (command->prefix)
        prefix = command->prefix;
    cnn_option *options = all_options(command, &help, &version);
    const size_t given = count > 0 ? (size_t)count - 1 : 0;
    if (!cnn_options_read(options, command->name ? command->name : "training", arguments + 1, given,
                          &rest, &fault)) {
        code = cnn_command_refuse("%s", fault);
        free(fault);
    } else if (help) {
        print_help(command, options);
    } else if (version) {
        printf("cnnrun " CNN_VERSION "\n");
    } else {
        /* cnnrun hands on by which name it was called; else a command was called without it. */
        const cnn_call call = {getenv(CNN_PROGRAM_VARIABLE) || !command->name ? arguments[0]
                                                                              : "cnnrun",
                               rest.items, rest.count, arguments + 1};
        code = run(command, &call, &report);
    }
    code = cnn_command_end(&report, code);
    cnn_words_free(&rest);
    free(options);
    return code;
}

void cnn_command_take(cnnrun_error *error, cnn_report *report)
{
    for (size_t i = 0; i < cnnrun_error_count(error); i++) {
        cnnrun_message m = {.struct_size = sizeof m};
        if (cnnrun_error_message(error, i, &m))
            cnn_report_add(report, m.code, (cnn_mark){m.file, m.line, m.column}, "%s", m.text);
    }
    cnnrun_error_clear(error);
}
