/* main.c - cnnrun-check: the conformance kit's command line. `cnnrun check` runs it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/option.h"
#include "kit.h"
#include "selftest.h"
#include "shared.h"

static const char usage[] =
    "usage: cnnrun check [options] NAME | KIND/NAME | FILE.so ...\n"
    "       cnnrun check --explain RULE\n"
    "       cnnrun check --selftest [FOLDER]\n"
    "\n"
    "  --level N          1 loads, 2 memory-safe, 3 correct, 4 reproducible (default), 5 hot path "
    "clean\n"
    "  --seed N           of the checks' random numbers (default 1)\n"
    "  --set NAME=VALUE   a parameter of the plugin, for every check; repeatable\n"
    "  --only RULE        one check only\n"
    "  --timeout SECONDS  wall clock that one check may take (default 20)\n"
    "  --plugin-path DIR  look for plugins here first; repeatable\n"
    "  --tap              print TAP\n"
    "  -v, --verbose      print what passed too\n"
    "  --list             print every rule with its level\n"
    "  --explain RULE     print the rule: what must hold, why, how it is tested\n"
    "  --selftest         check plugins broken on purpose; print how many were caught\n"
    "  -h, --help         print this\n"
    "\n"
    "The last line is SUCCESS or FAILURE. Exit codes: 0 all passed, 1 a fault of the system or the "
    "kit,\n"
    "2 usage, 5 a check failed or there is no such plugin, 7 the output cannot be written\n";

static const struct option known[] = {{"level", required_argument, NULL, 'l'},
                                      {"seed", required_argument, NULL, 'n'},
                                      {"set", required_argument, NULL, 's'},
                                      {"only", required_argument, NULL, 'o'},
                                      {"timeout", required_argument, NULL, 't'},
                                      {"plugin-path", required_argument, NULL, 'p'},
                                      {"tap", no_argument, NULL, 'T'},
                                      {"verbose", no_argument, NULL, 'v'},
                                      {"list", no_argument, NULL, 'L'},
                                      {"explain", required_argument, NULL, 'e'},
                                      {"selftest", no_argument, NULL, 'S'},
                                      {"help", no_argument, NULL, 'h'},
                                      {NULL, 0, NULL, 0}};

typedef struct command_line {
    kit_options options;
    const char **given, **paths;
    size_t path_count;
    const char *explain;
    bool selftest, list, help;
} command_line;

__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args), *shown = cnn_printable(text, "");
    va_end(args);
    fprintf(stderr, "cnnrun check: %s; see: cnnrun check --help\n", shown);
    free(shown);
    free(text);
    return false;
}

static bool read_number(const char *name, const char *text, double min, double max, double *value)
{
    char *end;
    *value = strtod(text, &end);
    if (end != text && !*end && *value >= min && *value <= max)
        return true;
    return wrong("--%s is '%s'; it must be a number from %g to %g", name, text, min, max);
}

static bool read_integer(const char *name, const char *text, long long min, long long max,
                         long long *value)
{
    char *end;
    *value = strtoll(text, &end, 10); /* beyond max where it overflows */
    if (end != text && !*end && *value >= min && *value <= max)
        return true;
    return wrong("--%s is '%s'; it must be an integer from %lld to %lld", name, text, min, max);
}

static const kit_check *check_of(const char *rule)
{
    const kit_check *check;
    for (size_t i = 0; (check = kit_checks(i)); i++)
        if (strcasecmp(check->rule, rule) == 0)
            return check;
    return NULL;
}

static bool refuse(int letter, char *const *arguments)
{
    char *fault = cnn_option_fault(letter, arguments, known);
    wrong("%s", fault);
    free(fault);
    return false;
}

static bool read_option(int letter, char *const *arguments, command_line *line)
{
    kit_options *o = &line->options;
    long long number;
    switch (letter) {
    case 'l':
        return read_integer("level", optarg, 1, 5, &number) && (o->level = (int)number);
    case 'n':
        if (!read_integer("seed", optarg, 0, 1LL << 53, &number))
            return false;
        o->seed = (uint64_t)number;
        return true;
    case 't':
        return read_number("timeout", optarg, 0.1, 1e5, &o->timeout);
    case 's':
        line->given[o->given_count++] = optarg;
        return (strchr(optarg, '=') && *optarg != '=') ||
               wrong("--set is '%s'; it must be NAME=VALUE", optarg);
    case 'o':
        if (!check_of(optarg))
            return wrong("--only %s: there is no such rule", optarg);
        o->only = check_of(optarg)->rule;
        return true;
    case 'p':
        line->paths[line->path_count++] = optarg;
        return true;
    case 'e':
        return (line->explain = optarg) != NULL;
    case 'T':
        return o->tap = true;
    case 'v':
        return o->verbose = true;
    case 'L':
        return line->list = true;
    case 'S':
        return line->selftest = true;
    case 'h':
        return line->help = true;
    default:
        return refuse(letter, arguments);
    }
}

static int explain(const char *rule)
{
    const kit_check *check = check_of(rule);
    char *text = check ? kit_rule_text(check->rule) : NULL;
    if (!text) {
        wrong("there is no rule '%s'", rule);
        return CNN_EXIT_USAGE;
    }
    fputs(text, stdout);
    free(text);
    return CNN_EXIT_DONE;
}

static int list(void)
{
    const kit_check *check;
    for (size_t i = 0; (check = kit_checks(i)); i++)
        printf("%-7s level %d  %-11s %s\n", check->rule, check->level,
               check->kind ? cnn_kind_name(check->kind) : "all", check->title);
    return CNN_EXIT_DONE;
}

static void print_report(const cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        char *line = cnn_report_line(report, i);
        fprintf(stderr, "cnnrun check: %s\n", line);
        free(line);
    }
}

/* Finds all that were asked for before the first is checked. */
static int check_all(const command_line *line, char *const *names, size_t count)
{
    cnn_report report = {0};
    cnn_plugins *plugins = cnn_plugins_new(line->paths, line->path_count, &report);
    kit_subject *subjects = cnn_alloc(count, sizeof *subjects);
    bool found = plugins != NULL;
    for (size_t i = 0; plugins && i < count; i++)
        found &= kit_find(plugins, names[i], &subjects[i], &report);
    print_report(&report);
    cnn_text bad = {0};
    size_t failed = 0;
    int code = found ? CNN_EXIT_DONE : cnn_report_code(&report);
    for (size_t i = 0; found && i < count; i++) {
        const kit_status status = kit_suite_run(&subjects[i], &line->options);
        if (status == KIT_PASS)
            continue;
        cnn_text_add(&bad, "%s%s", failed++ ? ", " : "", subjects[i].name);
        if (code != CNN_EXIT_SYSTEM)
            code = status == KIT_FAIL ? CNN_EXIT_PLUGIN : CNN_EXIT_SYSTEM;
    }
    if (found && failed)
        cnn_print(stdout, "%sFAILURE: %zu of %zu plugins: %s\n", line->options.tap ? "# " : "",
                  failed, count, bad.data);
    else if (found)
        printf("%sSUCCESS: %zu plugin%s, level %d\n", line->options.tap ? "# " : "", count,
               count == 1 ? "" : "s", line->options.level);
    else
        printf("%sFAILURE: nothing was checked\n", line->options.tap ? "# " : "");
    cnn_text_free(&bad);
    for (size_t i = 0; i < count; i++) {
        free(subjects[i].path);
        free(subjects[i].name);
    }
    free(subjects);
    cnn_plugins_free(plugins);
    cnn_report_free(&report);
    return code;
}

static bool set_up(void)
{
    kit_page =
        mmap(NULL, sizeof *kit_page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (kit_page != MAP_FAILED && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0) {
        kit_child_end_with_us();
        return true;
    }
    fprintf(stderr, "cnnrun check: cannot start: %s\n", strerror(errno));
    return false;
}

static int run(const command_line *line, char *const *names, size_t count)
{
    if (line->help) {
        fputs(usage, stdout);
        return CNN_EXIT_DONE;
    }
    if (line->list)
        return list();
    if (line->explain)
        return explain(line->explain);
    if (!set_up())
        return CNN_EXIT_SYSTEM;
    if (line->selftest)
        return kit_selftest(&line->options, count ? names[0] : "build/tests/conformance");
    if (count > 0)
        return check_all(line, names, count);
    wrong("check takes one or more NAME, KIND/NAME or FILE.so");
    return CNN_EXIT_USAGE;
}

int main(int count, char **arguments)
{
    command_line line = {.options = {.seed = 1, .level = 4, .timeout = 20},
                         .given = cnn_alloc((size_t)count, sizeof *line.given),
                         .paths = cnn_alloc((size_t)count, sizeof *line.paths)};
    line.options.given = line.given;
    bool good = true;
    int letter;
    cnn_memory_guard();
    opterr = 0;
    while (good && (letter = getopt_long(count, arguments, ":hv", known, NULL)) != -1)
        good = read_option(letter, arguments, &line);
    int code = good ? run(&line, arguments + optind, (size_t)(count - optind)) : CNN_EXIT_USAGE;
    cnn_report report = {0};
    if (!cnn_report_output(&report, CNN_EXIT_OUTPUT))
        code = CNN_EXIT_OUTPUT;
    print_report(&report);
    cnn_report_free(&report);
    free(line.given);
    free(line.paths);
    return code;
}
