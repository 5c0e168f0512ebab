/* report.c - collects the sentences that say what is wrong, and where. */
#include "base/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* A file with more faults than this has one cause; listing it a hundred thousand times helps
 * nobody. */
#define MOST_PROBLEMS 1000

static bool same_file(cnn_mark a, cnn_mark b)
{
    return a.file == b.file || (a.file && b.file && !strcmp(a.file, b.file));
}

static bool is_known(const cnn_report *report, int code, cnn_mark mark, const char *text)
{
    for (size_t i = 0; i < report->count; i++) {
        const cnn_problem *p = &report->problems[i];
        if (p->code == code && p->mark.line == mark.line && p->mark.column == mark.column &&
            !strcmp(p->text, text) && same_file(p->mark, mark))
            return true;
    }
    return false;
}

/* Takes over `text`. */
static void append(cnn_report *report, int code, cnn_mark mark, char *text)
{
    const bool full = report->count >= MOST_PROBLEMS;
    const bool dropped = report->count > MOST_PROBLEMS && (!code || report->errors);
    if (dropped || is_known(report, code, mark, text)) {
        free(text);
        return;
    }
    if (full) {
        free(text);
        text =
            cnn_format("there are more than %d messages; the others are not listed", MOST_PROBLEMS);
        mark = CNN_NOWHERE;
    }
    if (report->count == report->capacity) {
        report->capacity = report->capacity ? 2 * report->capacity : 8;
        report->problems =
            cnn_realloc(report->problems, report->capacity, sizeof report->problems[0]);
    }
    char *file = mark.file ? cnn_strdup(mark.file) : NULL;
    mark.file = file;
    report->problems[report->count++] = (cnn_problem){mark, code, text, file};
    report->errors += code != 0;
}

bool cnn_report_add(cnn_report *report, int code, cnn_mark mark, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(report, code, mark, cnn_format_va(format, args));
    va_end(args);
    return false;
}

void cnn_report_merge(cnn_report *report, cnn_report *from)
{
    for (size_t i = 0; i < from->count; i++)
        append(report, from->problems[i].code, from->problems[i].mark,
               cnn_strdup(from->problems[i].text));
    cnn_report_free(from);
}

void cnn_report_merge_at(cnn_report *report, cnn_report *from, cnn_mark mark)
{
    for (size_t i = 0; i < from->count; i++)
        from->problems[i].mark = mark;
    cnn_report_merge(report, from);
}

/* Names in a message come from files: what they hold must not reach the terminal as commands. */
char *cnn_report_line(const cnn_report *report, size_t i)
{
    const cnn_problem *problem = &report->problems[i];
    const cnn_mark mark = problem->mark;
    char *line = !mark.file ? cnn_strdup(problem->text)
                 : !mark.line
                     ? cnn_format("%s: %s", mark.file, problem->text)
                     : cnn_format("%s:%d:%d: %s", mark.file, mark.line, mark.column, problem->text);
    char *shown = cnn_printable(line, "\n\t");
    free(line);
    return shown;
}

static bool comes_before(cnn_mark a, cnn_mark b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* Takes file by file, in order of appearance, and inserts each of its entries behind those of the
 * file that are not after it. */
void cnn_report_sort(cnn_report *report)
{
    cnn_problem *list = report->problems;
    size_t start = 0; /* where the current file's entries begin */
    for (size_t done = 0; done < report->count; start = done) {
        const cnn_mark file = list[start].mark;
        for (size_t i = start; i < report->count; i++) {
            if (!same_file(list[i].mark, file))
                continue;
            const cnn_problem moved = list[i];
            size_t to = done++;
            while (to > start && comes_before(moved.mark, list[to - 1].mark))
                to--;
            memmove(&list[to + 1], &list[to], (i - to) * sizeof list[0]);
            list[to] = moved;
        }
    }
}

int cnn_report_code(const cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->problems[i].code)
            return report->problems[i].code;
    return CNN_EXIT_DONE;
}

/* Of a write that failed long ago the reason is no longer known. */
bool cnn_report_output(cnn_report *report, int code)
{
    const int reason = fflush(stdout) != 0 ? errno : 0;
    if (reason == 0 && !ferror(stdout))
        return true;
    return cnn_report_add(report, code, CNN_NOWHERE, "standard output: cannot be written%s%s",
                          reason ? ": " : "", reason ? strerror(reason) : "");
}

void cnn_report_free(cnn_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->problems[i].text);
        free(report->problems[i].file);
    }
    free(report->problems);
    *report = (cnn_report){0};
}

void cnn_bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: bug in cnnrun: %s\n", file, line, what);
    abort();
}
