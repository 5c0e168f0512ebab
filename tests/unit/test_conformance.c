/* test_conformance.c - the kit on every plugin that was built, its document, its own test. */
#define UNIT_TIMEOUT                                                                               \
    2400 /* the kit on all layers, and on 200 planted faults, beside other tests                   \
          */
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>

#include "run_cnnrun.h"

#define DOCUMENT "tests/conformance/CONFORMANCE.md"

/* Runs the kit; the caller looks at the result. */
__attribute__((format(printf, 1, 2))) static run_result check(const char *format, ...)
{
    char words[2048], line[2100];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(words, sizeof words, format, args);
    va_end(args);
    (void)snprintf(line, sizeof line, "check %s", words);
    return run_cnnrun("%s", line);
}

/* Every .so of a kind passes: a new plugin is tested by existing. */
static void check_kind(const char *kind, int level)
{
    char folder[512];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s/plugins/%s", unit_build(), kind);
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 3, ".so") != 0)
            continue;
        if (strstr(entry->d_name, ".avx512.so") && !__builtin_cpu_supports("avx512vl"))
            continue;
        const char *set =
            strcmp(entry->d_name, "idx.so") == 0 ? "--set path=tests/data/good/raw" : "";
        run_exits(check("--level %d %s %s/%s", level, set, folder, entry->d_name), 0);
        count++;
    }
    closedir(dir);
    ck_assert_uint_gt(count, 0);
}

START_TEST(losses_pass)
{
    check_kind("loss", 5);
}
END_TEST

START_TEST(initializers_pass)
{
    check_kind("initializer", 5);
}
END_TEST

START_TEST(layers_pass)
{
    check_kind("layer", 5);
}
END_TEST

START_TEST(optimizers_pass)
{
    check_kind("optimizer", 5);
}
END_TEST

START_TEST(schedules_pass)
{
    check_kind("schedule", 4);
}
END_TEST

START_TEST(datasets_pass)
{
    check_kind("dataset", 4);
}
END_TEST

START_TEST(callbacks_pass)
{
    check_kind("callback", 5);
}
END_TEST

START_TEST(metrics_pass)
{
    check_kind("metric", 5);
}
END_TEST

START_TEST(the_planted_are_caught)
{
    const run_result result = check("--selftest %s/tests/conformance", unit_build());
    ck_assert_msg(result.code == 0, "%s%s", result.out, result.err);
}
END_TEST

/* A rule has a section, and a section a rule. */
START_TEST(rules_and_document_agree)
{
    const run_result list = check("--list");
    FILE *file = fopen(DOCUMENT, "r");
    char line[512], rule[32];
    size_t sections = 0, rules = 0;
    ck_assert_int_eq(list.code, 0);
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        char start[64];
        if (sscanf(line, "### %31s", rule) != 1)
            continue;
        sections++;
        (void)snprintf(start, sizeof start, "%s ", rule);
        const char *at = strncmp(list.out, start, strlen(start)) == 0 ? list.out : NULL;
        for (const char *p = list.out; !at && (p = strchr(p, '\n')); p++)
            at = strncmp(p + 1, start, strlen(start)) == 0 ? p : NULL;
        ck_assert_msg(at != NULL, "%s has a section, but no check", rule);
    }
    fclose(file);
    for (const char *p = list.out; sscanf(p, "%31s", rule) == 1; p = strchr(p, '\n') + 1) {
        const run_result section = check("--explain %s", rule);
        ck_assert_msg(section.code == 0 && strlen(section.out) > 60,
                      "%s has a check, but no section", rule);
        rules++;
        if (!strchr(p, '\n'))
            break;
    }
    ck_assert_uint_eq(sections, rules);
}
END_TEST

/* True if a plugin broken on purpose names this rule. */
static bool is_planted(const char *rule)
{
    char command[512];
    (void)snprintf(command, sizeof command,
                   "grep -qE 'must (fail|warn): %s ' tests/conformance/bad/*.c", rule);
    return system(command) == 0;
}

/* A rule that never caught anything may be one that cannot. */
START_TEST(each_rule_has_a_planted_fault)
{
    const run_result list = check("--list");
    char rule[32];
    for (const char *p = list.out; sscanf(p, "%31s", rule) == 1; p = strchr(p, '\n') + 1) {
        ck_assert_msg(is_planted(rule), "tests/conformance/bad has nothing that breaks %s", rule);
        if (!strchr(p, '\n'))
            break;
    }
}
END_TEST

START_TEST(mistakes_of_usage)
{
    run_exits(check("%s", ""), 2);
    run_exits(check("--level 9 hinge"), 2);
    run_exits(check("--level 2.5 hinge"), 2);
    ck_assert_str_eq(check("--seed -1 hinge").err,
                     "cnnrun check: --seed is '-1'; it must be an integer from 0 to "
                     "9007199254740992; see: cnnrun check --help\n");
    const run_result source = check("plugins/loss/hinge.c");
    run_exits(source, 2);
    ck_assert_str_eq(source.err, "cnnrun check: plugins/loss/hinge.c is a source; first compile "
                                 "it: cnnrun build plugins/loss/hinge.c\n");
    run_exits(check("--only NONE-1 hinge"), 2);
    run_exits(check("--set x hinge"), 2);
    run_exits(check("no_such_plugin"), 5);
    run_exits(check("constant"), 5);
    run_exits(check("loss/hinge --only LOSS-1"), 0);
    run_exits(check("tests/conformance/CONFORMANCE.so"), 5);
}
END_TEST

/* What a plugin does to the kit's process must not reach the verdict. */
START_TEST(last_line_and_exit_code)
{
    const char *const bad[] = {"loss_prints", "loss_exits", "loss_reads_past_end"};
    for (size_t i = 0; i < 3; i++) {
        const run_result r = check("%s/tests/conformance/bad/%s.so", unit_build(), bad[i]);
        ck_assert_int_eq(r.code, 5);
        const char *last = strstr(r.out, "\nFAILURE: 1 of 1 plugins");
        ck_assert_msg(last && !strchr(strchr(last + 1, '\n') + 1, '\n'), "%s", r.out);
    }
    const run_result r = check("%s/tests/conformance/bad/loss_reads_past_end.so", unit_build());
    ck_assert_msg(strstr(r.out, "read, 1 element past the end of output[10]") != NULL, "%s", r.out);
}
END_TEST

UNIT_MAIN("conformance", losses_pass, initializers_pass, layers_pass, optimizers_pass,
          schedules_pass, datasets_pass, callbacks_pass, metrics_pass, the_planted_are_caught,
          rules_and_document_agree, each_rule_has_a_planted_fault, mistakes_of_usage,
          last_line_and_exit_code)
