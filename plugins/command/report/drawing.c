/* drawing.c - what the two programs that draw for pages have in common. */
#include "report/drawing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "report/html.h"

/* ---- the program ---------------------------------------------------------------------------- */

/* The last error that it told of its script, else its last line; NULL: it said nothing. */
static char *complaint(const page_drawer *drawer, FILE *log)
{
    char line[256], last[256] = "", *start = cnn_format("\"%s\"", drawer->script);
    bool told = false;
    rewind(log);
    while (fgets(line, sizeof line, log)) {
        const bool error = strncmp(line, start, strlen(start)) == 0 && !strstr(line, "warning");
        if ((error || !told) && *line != '\n')
            (void)snprintf(last, sizeof last, "%.*s", (int)strcspn(line, "\n"), line);
        told |= error;
    }
    free(start);
    return *last ? cnn_format("%s failed: %s", drawer->arguments[0], last) : NULL;
}

/* Why it did not end well; NULL: it did. `said`: its own words, or NULL. */
static char *trouble_of(const page_drawer *drawer, int status, const char *said)
{
    const char *program = drawer->arguments[0];
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return cnn_format("%s was ended by signal %d, as it is when it takes %.0f seconds", program,
                          SIGKILL, drawer->seconds);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
        return cnn_format("%s was ended, since it wrote a file that is too large", program);
    if (WIFSIGNALED(status))
        return cnn_format("%s was ended by signal %d", program, WTERMSIG(status));
    if (status != 0)
        return said ? cnn_strdup(said) : cnn_format("%s failed: it gave no reason", program);
    return NULL;
}

char *page_drawer_run(const page_drawer *drawer, bool *missing)
{
    const char *program = drawer->arguments[0];
    FILE *log = tmpfile();
    if (!log)
        return cnn_format("%s cannot be started: a temporary file: %s", program, strerror(errno));
    const cnn_launch launch = {
        .program = program,
        .arguments = drawer->arguments,
        .streams = {CNN_STREAM_NONE, fileno(log), fileno(log)},
        .seconds = drawer->seconds,
        .file_bytes = PAGE_LARGEST_PICTURE,
    };
    int status = 0;
    const int error = cnn_process_run(&launch, &status);
    (void)cnn_errno_code(error, 0);
    char *said = !error && status != 0 ? complaint(drawer, log) : NULL, *trouble;
    /* 127 is also what it ends with where its libraries cannot be loaded, but then it says so. */
    *missing = error == ENOENT || (!said && WIFEXITED(status) && WEXITSTATUS(status) == 127);
    if (*missing)
        trouble = cnn_format("%s, which is not installed", drawer->draws);
    else if (error)
        trouble = cnn_format("%s cannot be started: %s", program, strerror(error));
    else
        trouble = trouble_of(drawer, status, said);
    free(said);
    fclose(log);
    return trouble;
}

/* ---- files ---------------------------------------------------------------------------------- */

bool page_drawing_is_whole(const char *name, const char *program, const char *end, size_t length,
                           cnn_report *report)
{
    char *data = NULL;
    uint64_t size;
    if (!cnn_file_read(name, PAGE_LARGEST_PICTURE, CNN_EXIT_OUTPUT, &data, &size, report))
        return false;
    while (size > 0 && data[size - 1] == '\n')
        size--;
    const bool whole = size >= length && memcmp(data + size - length, end, length) == 0;
    free(data);
    return whole || cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                   "%s: %s did not write it to its end", name, program);
}

bool page_drawing_write(const char *name, const cnn_text *text, cnn_report *report)
{
    const cnn_piece piece = {text->data, text->length};
    return cnn_file_write(name, NULL, &piece, 1, report);
}

/* ---- the SVG -------------------------------------------------------------------------------- */

void page_drawing_replace(cnn_text *out, const char *bytes, size_t length, const page_word *words)
{
    for (size_t i = 0; i < length;) {
        const page_word *word = words;
        while (word->from && strncmp(bytes + i, word->from, strlen(word->from)) != 0)
            word++;
        if (word->from) {
            page_html_raw(out, word->to);
            i += strlen(word->from);
        } else {
            cnn_text_add_bytes(out, bytes + i++, 1);
        }
    }
}

bool page_drawing_begin(cnn_text *out, const char *svg, const char *title)
{
    const char *box = strstr(svg, "viewBox=\""), *end = box ? strchr(box + 9, '"') : NULL;
    if (!end)
        return false;
    page_html(out, "<svg role=\"img\" aria-label=\"%s\" viewBox=\"", title);
    page_html_text(out, box + 9, (size_t)(end - box - 9));
    page_html_raw(out, "\"");
    return true;
}
