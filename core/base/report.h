/* report.h - how a fault travels: functions hand sentences up in a report; only main prints them.
 *
 * Every fallible function of core takes a `cnn_report *` last, adds at least one entry when it fails,
 * and returns false or NULL. A caller may go on and collect more (the pipeline reader does), or stop.
 * A fault of ours (a broken invariant) is not a fault of the user's: CNN_BUG_IF aborts with file and
 * line in every build. */
#ifndef CNN_BASE_REPORT_H
#define CNN_BASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#define CNN_MUST_CHECK __attribute__((warn_unused_result))

/* The program's exit codes. */
enum cnn_exit {
    CNN_EXIT_DONE = 0,
    CNN_EXIT_SYSTEM = 1,   /* out of memory, system or internal failure */
    CNN_EXIT_USAGE = 2,
    CNN_EXIT_PIPELINE = 3, /* invalid pipeline */
    CNN_EXIT_DATA = 4,     /* invalid or missing data */
    CNN_EXIT_PLUGIN = 5,   /* not found, ABI, broken contract */
    CNN_EXIT_DIVERGED = 6,
    CNN_EXIT_OUTPUT = 7,   /* checkpoint or file output */
    CNN_EXIT_RUNS = 8,     /* some runs of an experiment failed */
};

/* A place in a file that a message is about. `file` NULL: no place. line and column count from 1; line
 * 0: the file as a whole. */
typedef struct cnn_mark {
    const char *file;
    int line, column;
} cnn_mark;

typedef struct cnn_problem {
    cnn_mark mark;
    int code;     /* enum cnn_exit; 0: a warning */
    char *text;   /* without the place */
    char *file;   /* the report's own copy, which mark.file points to */
} cnn_problem;

typedef struct cnn_report {
    cnn_problem *problems;
    size_t count, capacity, errors;
} cnn_report;

/* Adds an error (code > 0) or warning (code 0). A message already there, at the same place, is not
 * repeated. Always returns false, so that `return cnn_report_add(...)` reads well. */
__attribute__((format(printf, 4, 5)))
bool cnn_report_add(cnn_report *report, int code, cnn_mark mark, const char *format, ...);

/* Moves the entries of `from` to the end of `report`; `from` is empty afterwards. */
void cnn_report_merge(cnn_report *report, cnn_report *from);
/* The same with `mark` as the place of each, for faults that do not know who asked. */
void cnn_report_merge_at(cnn_report *report, cnn_report *from, cnn_mark mark);

/* Entry i as it is printed: "file:line:column: text", or "text"; what cnn_printable escapes is escaped,
 * but for newlines and tabs. The caller frees. */
char *cnn_report_line(const cnn_report *report, size_t i);

/* Sorts entries by line and column within a file; files keep the order in which they came up. */
void cnn_report_sort(cnn_report *report);

/* The code of the first error, or CNN_EXIT_DONE. */
int cnn_report_code(const cnn_report *report);

/* Flushes standard output, called when all is printed: if not all of it could be written, says so with
 * `code` and gives false. */
CNN_MUST_CHECK bool cnn_report_output(cnn_report *report, int code);

void cnn_report_free(cnn_report *report);

static const cnn_mark CNN_NOWHERE __attribute__((unused)) = {0};

/* Prints file and line and aborts. */
_Noreturn void cnn_bug(const char *file, int line, const char *what);
#define CNN_BUG_IF(CONDITION)                                                                       \
    do {                                                                                            \
        if (CONDITION)                                                                              \
            cnn_bug(__FILE__, __LINE__, #CONDITION);                                                \
    } while (0)

#endif
