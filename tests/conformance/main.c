/* main.c - the conformance kit's command line: the command `cnnrun check`. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/memory.h"
#include "command/command.h"
#include "kit.h"
#include "selftest.h"
#include "shared.h"

/* Where the options go. */
static struct given {
    cnn_integer level, seed;
    cnn_words set, plugin_path;
    const char *only, *timeout, *explain;
    bool tap, verbose, list, selftest;
} given = {.level = {.value = 4}, .seed = {.value = 1}};

static const cnn_option options[] = {
    {"level", 0, CNN_OPTION_INTEGER, "N", &given.level, 1, 5,
     "1 loads, 2 memory-safe, 3 correct, 4 reproducible (default), 5 hot path\nclean"},
    {"seed", 0, CNN_OPTION_INTEGER, "N", &given.seed, 0, 1LL << 53,
     "of the checks' random numbers (default 1)"},
    {"set", 0, CNN_OPTION_WORDS, "NAME=VALUE", &given.set, 0, 0,
     "a parameter of the plugin, for every check; repeatable"},
    {"only", 0, CNN_OPTION_TEXT, "RULE", &given.only, 0, 0, "one check only"},
    {"timeout", 0, CNN_OPTION_TEXT, "SECONDS", &given.timeout, 0, 0,
     "time that one check may take, less what it waits for a CPU (default 20)"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {"tap", 0, CNN_OPTION_FLAG, NULL, &given.tap, 0, 0, "print TAP"},
    {"verbose", 'v', CNN_OPTION_FLAG, NULL, &given.verbose, 0, 0, "print what passed too"},
    {"list", 0, CNN_OPTION_FLAG, NULL, &given.list, 0, 0, "print every rule with its level"},
    {"explain", 0, CNN_OPTION_TEXT, "RULE", &given.explain, 0, 0,
     "print the rule: what must hold, why, how it is tested"},
    {"selftest", 0, CNN_OPTION_FLAG, NULL, &given.selftest, 0, 0,
     "check plugins broken on purpose; print how many were caught"},
    {0},
};

static const kit_check *check_of(const char *rule)
{
    const kit_check *check;
    for (size_t i = 0; (check = kit_checks(i)); i++)
        if (strcasecmp(check->rule, rule) == 0)
            return check;
    return NULL;
}

/* What the options ask of the kit; CNN_EXIT_DONE, or the exit code of a mistake that was said. */
static int take_options(kit_options *o)
{
    *o = (kit_options){.level = (int)given.level.value,
                       .seed = (uint64_t)given.seed.value,
                       .timeout = 20,
                       .given = given.set.items,
                       .given_count = given.set.count,
                       .tap = given.tap,
                       .verbose = given.verbose};
    for (size_t i = 0; i < given.set.count; i++)
        if (!strchr(given.set.items[i], '=') || *given.set.items[i] == '=')
            return cnn_command_refuse("--set is '%s'; it must be NAME=VALUE", given.set.items[i]);
    if (given.timeout) {
        char *end;
        o->timeout = strtod(given.timeout, &end);
        if (end == given.timeout || *end || !(o->timeout >= 0.1 && o->timeout <= 1e5))
            return cnn_command_refuse("--timeout is '%s'; it must be a number from %g to %g",
                                      given.timeout, 0.1, 1e5);
    }
    const kit_check *only = given.only ? check_of(given.only) : NULL;
    if (given.only && !only)
        return cnn_command_refuse("--only %s: there is no such rule", given.only);
    o->only = only ? only->rule : NULL;
    return CNN_EXIT_DONE;
}

static int explain(const char *rule)
{
    const kit_check *check = check_of(rule);
    char *text = check ? kit_rule_text(check->rule) : NULL;
    if (!text)
        return cnn_command_refuse("there is no rule '%s'", rule);
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
static int check_all(const kit_options *asked, const char *const *names, size_t count)
{
    cnn_report report = {0};
    kit_subject *subjects = cnn_alloc(count, sizeof *subjects);
    bool found = true;
    for (size_t i = 0; i < count; i++)
        found &= kit_find(asked->plugins, names[i], &subjects[i], &report);
    print_report(&report);
    cnn_text bad = {0};
    size_t failed = 0;
    int code = found ? CNN_EXIT_DONE : cnn_report_code(&report);
    for (size_t i = 0; found && i < count; i++) {
        const kit_status status = kit_suite_run(&subjects[i], asked);
        if (status == KIT_PASS)
            continue;
        cnn_text_add(&bad, "%s%s", failed++ ? ", " : "", subjects[i].name);
        if (code != CNN_EXIT_SYSTEM)
            code = status == KIT_FAIL ? CNN_EXIT_PLUGIN : CNN_EXIT_SYSTEM;
    }
    if (found && failed)
        cnn_print(stdout, "%sFAILURE: %zu of %zu plugins: %s\n", asked->tap ? "# " : "", failed,
                  count, bad.data);
    else if (found)
        printf("%sSUCCESS: %zu plugin%s, level %d\n", asked->tap ? "# " : "", count,
               count == 1 ? "" : "s", asked->level);
    else
        printf("%sFAILURE: nothing was checked\n", asked->tap ? "# " : "");
    cnn_text_free(&bad);
    for (size_t i = 0; i < count; i++) {
        free(subjects[i].path);
        free(subjects[i].name);
    }
    free(subjects);
    cnn_report_free(&report);
    return code;
}

/* What the arguments ask for, with the plugins of the search path. */
static int check(const cnn_call *call, kit_options *asked)
{
    cnn_report report = {0};
    asked->plugins = cnn_plugins_new(given.plugin_path.items, given.plugin_path.count, &report);
    int code = cnn_report_code(&report);
    if (!asked->plugins)
        print_report(&report);
    else if (given.selftest)
        code = kit_selftest(asked, call->count ? call->arguments[0] : "build/tests/conformance");
    else
        code = check_all(asked, call->arguments, call->count);
    cnn_plugins_free(asked->plugins);
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

static int run(const cnn_call *call, cnn_report *report)
{
    kit_options asked;
    (void)report; /* what is wrong with a plugin is printed where it is found */
    const int code = take_options(&asked);
    if (code != CNN_EXIT_DONE)
        return code;
    if (given.list)
        return list();
    if (given.explain)
        return explain(given.explain);
    if (!set_up())
        return CNN_EXIT_SYSTEM;
    if (given.selftest || call->count > 0)
        return check(call, &asked);
    return cnn_command_refuse("check takes one or more NAME, KIND/NAME or FILE.so");
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "check",
        .prefix = "cnnrun check",
        .usage = "usage: cnnrun check [options] NAME | KIND/NAME | FILE.so ...\n"
                 "                                          is a plugin right?\n"
                 "       cnnrun check --explain RULE\n"
                 "       cnnrun check --selftest [FOLDER]",
        .notes = "The last line is SUCCESS or FAILURE. Exit codes: 0 all passed, 1 a fault of the "
                 "system or the kit,\n"
                 "2 usage, 5 a check failed or there is no such plugin, 7 the output cannot be "
                 "written",
        .options = options,
        .max = SIZE_MAX,
        .takes = "one or more NAME, KIND/NAME or FILE.so",
        .run = run,
    };
    const int code = cnn_command_main(&command, count, arguments);
    cnn_words_free(&given.set);
    cnn_words_free(&given.plugin_path);
    return code;
}
