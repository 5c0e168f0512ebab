/* test_conformance.c - the kit's document, its command line, its verdicts. */
#include <stdbool.h>
#include <stdlib.h>

#include "run_check.h"

#define DOCUMENT "tests/conformance/CONFORMANCE.md"

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

UNIT_MAIN("conformance", rules_and_document_agree, each_rule_has_a_planted_fault, mistakes_of_usage,
          last_line_and_exit_code)
