/* suite.c - all checks on one plugin, in order: what blocks what, and which crashes are one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

#define CAUSES 64

/* libcheck's tests take an index only. */
static struct {
    const kit_subject *subject;
    const kit_options *options;
    const kit_check *checks[256];
    TTest tests[256];
    size_t count;
    kit_tally tally;
    const char *blocked_by;     /* a rule after whose failure nothing runs */
    const char *crashed, *hung; /* rules after which calls make no sense */
    struct {
        uint64_t cause;
        const char *rule;
    } causes[CAUSES];
    size_t cause_count;
} now;

static bool applies(const kit_check *check)
{
    const kit_options *o = now.options;
    if (check->kind && check->kind != now.subject->kind)
        return false;
    return o->only ? strcmp(check->rule, o->only) == 0 : check->level <= o->level;
}

static bool block(const kit_check *check, kit_outcome *outcome)
{
    const char *by = now.blocked_by                                ? now.blocked_by
                     : now.hung                                    ? now.hung
                     : now.crashed && !(check->flags & KIT_MEMORY) ? now.crashed
                                                                   : NULL;
    if (!by)
        return false;
    memset(outcome, 0, sizeof *outcome);
    outcome->status = KIT_BLOCKED;
    snprintf(outcome->message, sizeof outcome->message, "mend %s first", by);
    return true;
}

/* A crash at the same place as before is one finding, not two. */
static void fold(const kit_check *check, kit_outcome *outcome)
{
    if (outcome->status != KIT_CRASH || !outcome->cause)
        return;
    for (size_t i = 0; i < now.cause_count; i++)
        if (now.causes[i].cause == outcome->cause) {
            snprintf(outcome->message, sizeof outcome->message, "the same as %s",
                     now.causes[i].rule);
            outcome->where[0] = outcome->output[0] = '\0';
            return;
        }
    if (now.cause_count < CAUSES) {
        now.causes[now.cause_count].cause = outcome->cause;
        now.causes[now.cause_count++].rule = check->rule;
    }
}

static void remember(const kit_check *check, const kit_outcome *outcome)
{
    const kit_status s = outcome->status;
    if (check->flags & KIT_GATE && kit_status_is_bad(s) && !now.blocked_by)
        now.blocked_by = check->rule;
    if ((s == KIT_HANG || outcome->left_processes) && !now.hung)
        now.hung = check->rule;
    if (s == KIT_CRASH && check->flags & KIT_MEMORY && !now.crashed)
        now.crashed = check->rule;
}

static void run_one(int i)
{
    const kit_check *check = now.checks[i];
    kit_outcome outcome;
    if (!block(check, &outcome)) {
        kit_child_run(check, now.subject, now.options, &outcome);
        fold(check, &outcome);
        remember(check, &outcome);
    }
    now.tally.of[outcome.status]++;
    if (!now.options->quiet)
        kit_print_outcome(check, now.subject, now.options, &outcome, (size_t)i + 1);
    ck_assert_msg(!kit_status_is_bad(outcome.status) && outcome.status != KIT_TOOL_ERROR, "%s: %s",
                  kit_status_words[outcome.status], outcome.message);
}

kit_status kit_suite_run(const kit_subject *subject, const kit_options *options)
{
    memset(&now, 0, sizeof now);
    now.subject = subject;
    now.options = options;
    for (size_t i = 0; kit_checks(i); i++)
        if (applies(kit_checks(i)))
            now.checks[now.count++] = kit_checks(i);
    if (!options->quiet)
        kit_print_subject(subject, options, now.count);
    Suite *suite = suite_create(subject->name);
    for (size_t i = 0; i < now.count; i++) {
        TCase *tcase = tcase_create(now.checks[i]->rule);
        now.tests[i] = (TTest){now.checks[i]->title, run_one, subject->path, 0};
        tcase_add_loop_test(tcase, &now.tests[i], (int)i, (int)i + 1);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* kit_child_run forks; see kit.h */
    srunner_run_all(runner, CK_SILENT);
    const bool good = srunner_ntests_failed(runner) == 0;
    srunner_free(runner);
    if (!options->quiet)
        kit_print_tally(&now.tally, options);
    return now.tally.of[KIT_TOOL_ERROR] || now.count == 0 ? KIT_TOOL_ERROR
           : good                                         ? KIT_PASS
                                                          : KIT_FAIL;
}
