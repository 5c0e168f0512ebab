/* test_report.c - messages are kept once, in order, and with their place. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/report.h"
#include "unit.h"

static void check_lines(const cnn_report *report, const char *const *expected, size_t count)
{
    ck_assert_uint_eq(report->count, count);
    for (size_t i = 0; i < count; i++) {
        char *line = cnn_report_line(report, i);
        ck_assert_str_eq(line, expected[i]);
        free(line);
    }
}

START_TEST(names_the_place_as_far_as_it_is_known)
{
    cnn_report report = {0};
    ck_assert(
        !cnn_report_add(&report, CNN_EXIT_PIPELINE, (cnn_mark){"a.yaml", 3, 7}, "x is %d", 0));
    cnn_report_add(&report, CNN_EXIT_PIPELINE, (cnn_mark){"a.yaml", 0, 0}, "too long");
    cnn_report_add(&report, 0, CNN_NOWHERE, "100%%");
    check_lines(&report, (const char *const[]){"a.yaml:3:7: x is 0", "a.yaml: too long", "100%"},
                3);
    ck_assert_uint_eq(report.errors, 2);
    cnn_report_free(&report);
    ck_assert_uint_eq(report.count, 0);
}
END_TEST

START_TEST(lets_no_commands_through_to_the_terminal)
{
    cnn_report report = {0};
    cnn_report_add(&report, 3, (cnn_mark){"a\x1B[2J", 0, 0}, "key '\x07\x7F\xC3\xA4':\n\tb");
    check_lines(&report, (const char *const[]){"a\\x1b[2J: key '\\x07\\x7f\xC3\xA4':\n\tb"}, 1);
    cnn_report_free(&report);
}
END_TEST

START_TEST(keeps_no_duplicate)
{
    cnn_report report = {0};
    char other[] = "a.yaml"; /* the same name at another address */
    cnn_report_add(&report, 3, (cnn_mark){"a.yaml", 3, 7}, "x");
    cnn_report_add(&report, 3, (cnn_mark){other, 3, 7}, "x");
    ck_assert_uint_eq(report.count, 1);
    ck_assert_uint_eq(report.errors, 1);
    cnn_report_add(&report, 3, (cnn_mark){"a.yaml", 3, 8}, "x");
    cnn_report_add(&report, 3, (cnn_mark){"b.yaml", 3, 7}, "x");
    cnn_report_add(&report, 3, CNN_NOWHERE, "x");
    cnn_report_add(&report, 3, (cnn_mark){"a.yaml", 3, 7}, "y");
    cnn_report_add(&report, 0, (cnn_mark){"a.yaml", 3, 7}, "x");
    ck_assert_uint_eq(report.count, 6);
    ck_assert_uint_eq(report.errors, 5);
    cnn_report_free(&report);
}
END_TEST

START_TEST(has_the_code_of_the_first_error)
{
    cnn_report report = {0};
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_DONE);
    cnn_report_add(&report, 0, CNN_NOWHERE, "a warning");
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_DONE);
    cnn_report_add(&report, CNN_EXIT_PLUGIN, CNN_NOWHERE, "an error");
    cnn_report_add(&report, CNN_EXIT_USAGE, CNN_NOWHERE, "another");
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_PLUGIN);
    cnn_report_free(&report);
}
END_TEST

START_TEST(merges_and_leaves_the_other_empty)
{
    cnn_report report = {0}, from = {0};
    cnn_report_add(&report, 3, CNN_NOWHERE, "a");
    cnn_report_add(&from, 3, CNN_NOWHERE, "a");
    cnn_report_add(&from, 4, CNN_NOWHERE, "b");
    cnn_report_merge(&report, &from);
    check_lines(&report, (const char *const[]){"a", "b"}, 2);
    ck_assert_uint_eq(from.count + from.errors, 0);
    ck_assert_ptr_null(from.problems);
    cnn_report_merge(&report, &from);
    check_lines(&report, (const char *const[]){"a", "b"}, 2);
    cnn_report_free(&report);
}
END_TEST

START_TEST(sorts_within_files_and_is_stable)
{
    static const struct {
        const char *file;
        int line, column;
        const char *text;
    } rows[] = {{"b", 9, 1, "1"},  {"a", 5, 2, "2"},  {"b", 2, 7, "3"},
                {NULL, 0, 0, "4"}, {"a", 5, 1, "5"},  {"b", 2, 7, "6"},
                {"b", 0, 0, "7"},  {NULL, 0, 0, "8"}, {"a", 1, 9, "9"}};
    cnn_report report = {0};
    cnn_report_sort(&report); /* nothing to sort */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cnn_report_add(&report, 3, (cnn_mark){rows[i].file, rows[i].line, rows[i].column}, "%s",
                       rows[i].text);
    cnn_report_sort(&report);
    check_lines(&report,
                (const char *const[]){"b: 7", "b:2:7: 3", "b:2:7: 6", "b:9:1: 1", "a:1:9: 9",
                                      "a:5:1: 5", "a:5:2: 2", "4", "8"},
                9);
    cnn_report_free(&report);
}
END_TEST

START_TEST(stops_listing_after_a_thousand)
{
    cnn_report report = {0};
    for (int i = 1; i <= 1000; i++)
        cnn_report_add(&report, 0, (cnn_mark){"a", i, 1}, "a warning");
    ck_assert_uint_eq(report.count, 1000);
    for (int i = 1; i <= 5000; i++) /* an error gets through even so, or the exit code would be 0 */
        cnn_report_add(&report, i % 2 ? 0 : 3, (cnn_mark){"b", i, 1}, "x");
    ck_assert_uint_eq(report.count, 1002);
    ck_assert_int_eq(cnn_report_code(&report), 3);
    char *last = cnn_report_line(&report, 1000);
    ck_assert_str_eq(last, "there are more than 1000 messages; the others are not listed");
    free(last);
    cnn_report_free(&report);
}
END_TEST

START_TEST(aborts_at_a_bug)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
        CNN_BUG_IF(child != 0);
        CNN_BUG_IF(child == 0);
        _exit(0);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
END_TEST

UNIT_MAIN("report", names_the_place_as_far_as_it_is_known, lets_no_commands_through_to_the_terminal,
          keeps_no_duplicate, has_the_code_of_the_first_error, merges_and_leaves_the_other_empty,
          sorts_within_files_and_is_stable, stops_listing_after_a_thousand, aborts_at_a_bug)
