/* print.c - the verdicts as a person reads them, or as TAP. */
#include "print.h"

#include <stdio.h>
#include <string.h>

void kit_print_subject(const kit_subject *subject, const kit_options *options, size_t planned)
{
    const char *kind = cnn_kind_name(subject->kind);
    if (options->tap)
        cnn_print(stdout, "TAP version 13\n1..%zu\n# %s/%s %s seed %llu level %d\n", planned,
                  kind ? kind : "?", subject->name, subject->path,
                  (unsigned long long)options->seed, options->level);
    else
        cnn_print(stdout, "%s/%s  %s  (level %d, seed %llu)\n", kind ? kind : "?", subject->name,
                  subject->path, options->level, (unsigned long long)options->seed);
    fflush(stdout);
}

static void print_tap(const kit_check *check, const kit_outcome *outcome, size_t number)
{
    const bool bad = kit_status_is_bad(outcome->status) || outcome->status == KIT_TOOL_ERROR;
    printf("%s %zu - %s %s", bad ? "not ok" : "ok", number, check->rule, check->title);
    if (outcome->status == KIT_SKIP)
        cnn_print(stdout, " # SKIP %s", outcome->message);
    putchar('\n');
    if (outcome->status != KIT_PASS && outcome->status != KIT_SKIP)
        cnn_print(stdout, "# %s: %s%s%s\n", kit_status_words[outcome->status], outcome->message,
                  *outcome->where ? "; " : "", outcome->where);
}

static void print_indented(const char *text)
{
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        cnn_print(stdout, "             | %.*s\n", (int)length, text);
    }
}

/* Rules that were skipped or blocked, by their reason: one line each at the end. */
static struct {
    kit_status status;
    char reason[300];
    cnn_text rules;
} reasons[32];
static size_t reason_count;

static void gather(const kit_check *check, const kit_outcome *outcome)
{
    const size_t room = sizeof reasons / sizeof reasons[0];
    size_t i = 0;
    while (i < reason_count &&
           strncmp(reasons[i].reason, outcome->message, sizeof reasons[i].reason - 1) != 0)
        i++;
    if (i == room)
        i--;
    if (i == reason_count) {
        reasons[i].status = outcome->status;
        snprintf(reasons[i].reason, sizeof reasons[i].reason, "%.299s", outcome->message);
        reason_count++;
    }
    cnn_text_add(&reasons[i].rules, " %s", check->rule);
}

static void print_reasons(void)
{
    for (size_t i = 0; i < reason_count; i++) {
        cnn_print(stdout, "  %-10s%s: %s\n", kit_status_words[reasons[i].status],
                  reasons[i].rules.data, reasons[i].reason);
        cnn_text_free(&reasons[i].rules);
    }
    reason_count = 0;
}

static void print_text(const kit_check *check, const kit_subject *subject,
                       const kit_options *options, const kit_outcome *outcome)
{
    if (outcome->status == KIT_PASS && !options->verbose)
        return;
    const char *word = kit_status_words[outcome->status];
    if (outcome->status == KIT_SKIP || outcome->status == KIT_BLOCKED) {
        gather(check, outcome);
        return;
    }
    printf("  %-10s %-7s %s\n", word, check->rule, check->title);
    if (outcome->status == KIT_PASS)
        return;
    cnn_print(stdout, "             %s%s%s%s\n", outcome->message, *outcome->where ? " (" : "",
              outcome->where, *outcome->where ? ")" : "");
    const bool found =
        outcome->status == KIT_FAIL || outcome->status == KIT_CRASH || outcome->status == KIT_HANG;
    if (found && *outcome->output)
        print_indented(outcome->output);
    if (found)
        cnn_print(
            stdout,
            "             again: cnnrun check %s --only %s --seed %llu%s; the rule: cnnrun check "
            "--explain %s\n",
            subject->path, check->rule, (unsigned long long)options->seed,
            options->given_count ? " --set ..." : "", check->rule);
}

void kit_print_outcome(const kit_check *check, const kit_subject *subject,
                       const kit_options *options, const kit_outcome *outcome, size_t number)
{
    if (options->tap)
        print_tap(check, outcome, number);
    else
        print_text(check, subject, options, outcome);
    fflush(stdout);
}

void kit_print_tally(const kit_tally *tally, const kit_options *options)
{
    static const char *const words[KIT_STATUSES] = {
        "passed", "warned", "failed", "crashed", "hung", "skipped", "blocked", "faults of the kit"};
    size_t all = 0;
    print_reasons();
    for (size_t i = 0; i < KIT_STATUSES; i++)
        all += tally->of[i];
    printf("%s%zu checks:", options->tap ? "# " : "  ", all);
    const char *between = " ";
    for (size_t i = 0; i < KIT_STATUSES; i++) {
        if (tally->of[i] == 0)
            continue;
        printf("%s%zu %s", between, tally->of[i], words[i]);
        between = ", ";
    }
    putchar('\n');
}
