/* selftest.c - the kit's own test: plugins broken on purpose must be caught, good ones must pass.
 *
 * FOLDER/bad holds NAME.so beside NAME.c, a line of which says which rule must catch it, "must
 * fail: RULE" or "must warn: RULE", and where a parameter is needed another, "given: NAME=VALUE";
 * FOLDER/good holds .so files that must pass at every level. */
#include "selftest.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "heap.h"
#include "print.h"

#define MUST_FAIL "/* must fail: "
#define MUST_WARN "/* must warn: "
#define GIVEN "/* given: "
#define TIMEOUT 3.0 /* those that hang are many */

typedef struct names {
    char **items;
    size_t count;
} names;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The .so files of a folder, sorted. */
static names list(const char *folder)
{
    names found = {cnn_alloc(1, sizeof(char *)), 0};
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 3, ".so") != 0)
            continue;
        found.items = cnn_realloc(found.items, found.count + 1, sizeof(char *));
        found.items[found.count++] = cnn_path_join(folder, entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(found.items, found.count, sizeof(char *), by_name);
    return found;
}

static void free_names(names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

/* What the source beside the .so says; each NULL where it says nothing. */
typedef struct plan {
    char *fail, *warn, *given;
} plan;

/* The word after `mark`. */
static char *word_after(const char *text, const char *mark)
{
    const char *line = strstr(text, mark);
    if (!line)
        return NULL;
    line += strlen(mark);
    return cnn_format("%.*s", (int)strcspn(line, " "), line);
}

static plan planted(const char *so)
{
    plan p = {0};
    cnn_report report = {0};
    char *source = cnn_format("%.*s.c", (int)strlen(so) - 3, so), *text = NULL;
    uint64_t size;
    if (cnn_file_read(source, 1 << 20, CNN_EXIT_SYSTEM, &text, &size, &report))
        p = (plan){word_after(text, MUST_FAIL), word_after(text, MUST_WARN),
                   word_after(text, GIVEN)};
    cnn_report_free(&report);
    free(text);
    free(source);
    return p;
}

static const kit_check *check_of(const char *rule, uint32_t kind)
{
    const kit_check *check;
    for (size_t i = 0; rule && (check = kit_checks(i)); i++)
        if (strcmp(check->rule, rule) == 0 && (!check->kind || check->kind == kind))
            return check;
    return NULL;
}

/* 1 caught, 0 missed, -1 cannot be tested here: malloc is a sanitizer's. */
static int catch_one(const char *path, const kit_options *options)
{
    cnn_report report = {0};
    kit_subject subject = {0};
    kit_outcome outcome = {.status = KIT_TOOL_ERROR};
    plan p = planted(path);
    const char *rule = p.fail ? p.fail : p.warn;
    const char *const given[] = {p.given};
    kit_options own = *options;
    if (p.given) {
        own.given = given;
        own.given_count = 1;
    }
    if (!kit_find(NULL, path, &subject, &report))
        snprintf(outcome.message, sizeof outcome.message, "%s", report.problems[0].text);
    const kit_check *check = subject.path ? check_of(rule, subject.kind) : NULL;
    if (check)
        kit_child_run(check, &subject, &own, &outcome);
    else
        snprintf(outcome.message, sizeof outcome.message, "its source names no rule that there is");
    const bool untestable = outcome.status == KIT_SKIP && !kit_heap_works();
    const bool as_planted = p.fail ? kit_status_is_bad(outcome.status) : outcome.status == KIT_WARN;
    const int caught = untestable ? -1 : as_planted;
    if (caught != 1 || options->verbose)
        cnn_print(stdout, "  %-6s %-7s %-10s %s: %s\n",
                  caught == 1 ? "caught"
                  : caught    ? "left"
                              : "MISSED",
                  rule ? rule : "?", kit_status_words[outcome.status], subject.name,
                  outcome.message);
    fflush(stdout);
    free(p.fail);
    free(p.warn);
    free(p.given);
    free(subject.path);
    free(subject.name);
    cnn_report_free(&report);
    return caught;
}

static bool pass_one(const char *path, const kit_options *options)
{
    cnn_report report = {0};
    kit_subject subject = {0};
    kit_options all = *options;
    all.level = 5;
    all.quiet = true;
    const bool good =
        kit_find(NULL, path, &subject, &report) && kit_suite_run(&subject, &all) == KIT_PASS;
    if (!good) {
        all.quiet = false;
        printf("  ALARM  on a good plugin:\n");
        if (subject.path)
            (void)kit_suite_run(&subject, &all);
    }
    free(subject.path);
    free(subject.name);
    cnn_report_free(&report);
    return good;
}

int kit_selftest(const kit_options *options, const char *folder)
{
    kit_options short_time = *options;
    short_time.timeout = TIMEOUT;
    char *bad_folder = cnn_path_join(folder, "bad"), *good_folder = cnn_path_join(folder, "good");
    names bad = list(bad_folder), good = list(good_folder);
    size_t caught = 0, planted = bad.count, alarms = 0;
    for (size_t i = 0; i < bad.count; i++) {
        const int result = catch_one(bad.items[i], &short_time);
        caught += result == 1;
        planted -= result == -1;
    }
    for (size_t i = 0; i < good.count; i++)
        alarms += !pass_one(good.items[i], options);
    if (bad.count == 0)
        cnn_print(stderr,
                  "cnnrun check: %s holds no plugins; `make conformance-plugins` builds them\n",
                  bad_folder);
    const bool success = caught == planted && alarms == 0 && planted > 0;
    printf("%s: caught %zu of %zu planted faults; %zu alarms on %zu good plugins\n",
           success ? "SUCCESS" : "FAILURE", caught, planted, alarms, good.count);
    free_names(&bad);
    free_names(&good);
    free(bad_folder);
    free(good_folder);
    return success ? CNN_EXIT_DONE : CNN_EXIT_PLUGIN;
}
