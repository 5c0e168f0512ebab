/* means.c - what the runs of an experiment came to: a line each, with means over their seeds. */
#include "experiment/means.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "experiment/line.h"

/* Whether its figures count: all do where none has completed. */
static bool counts(const cnn_standing *s, size_t seeds, size_t i)
{
    bool completed = false;
    for (size_t k = 0; k < seeds; k++)
        completed |= cnn_outcome_find(s[k].status) == CNN_COMPLETED;
    return !completed || cnn_outcome_find(s[i].status) == CNN_COMPLETED;
}

/* "0.9912 +- 0.0003 of 2", with a sign of two bytes; "of 2" where the run has more seeds. */
static void set_mean(cnn_line *r, int cell, const cnn_standing *s, size_t seeds, size_t column)
{
    double sum = 0, squares = 0;
    size_t count = 0;
    for (size_t i = 0; i < seeds; i++)
        if (counts(s, seeds, i) && !isnan(s[i].value[column])) {
            sum += s[i].value[column];
            count++;
        }
    const double mean = sum / (double)count;
    for (size_t i = 0; i < seeds; i++)
        if (counts(s, seeds, i) && !isnan(s[i].value[column]))
            squares += (s[i].value[column] - mean) * (s[i].value[column] - mean);
    cnn_text text = {0};
    if (count == 0)
        cnn_text_add(&text, "-");
    else
        cnn_text_add(&text, "%.4f", mean);
    if (count > 1)
        cnn_text_add(&text, " \u00b1 %.4f", sqrt(squares / (double)(count - 1)));
    if (count > 0 && count < seeds)
        cnn_text_add(&text, " of %zu", count);
    (void)snprintf(r->cell[cell], CNN_LINE_CELL, "%s", text.data);
    cnn_text_free(&text);
}

/* "completed", or "2 completed, 1 diverged"; what has no summary was not started. */
static void set_statuses(cnn_line *r, const cnn_standing *s, size_t seeds)
{
    cnn_text text = {0};
    for (cnn_outcome k = 0; k <= CNN_OUTCOMES; k++) { /* the last one has no summary */
        const char *status = k < CNN_OUTCOMES ? cnn_outcome_name(k) : "";
        const char *name = k < CNN_OUTCOMES ? status : "not started";
        size_t count = 0;
        for (size_t i = 0; i < seeds; i++)
            count += strcmp(s[i].status, status) == 0;
        if (count > 0 && count < seeds)
            cnn_text_add(&text, "%s%zu %s", text.data ? ", " : "", count, name);
        else if (count > 0)
            cnn_text_add(&text, "%s", name);
    }
    (void)snprintf(r->cell[CNN_LINE_STATUS], CNN_LINE_CELL, "%s", text.data ? text.data : "");
    cnn_text_free(&text);
}

static cnn_layout final_layout(const cnn_line *rows, size_t count, int width)
{
    cnn_layout full = {0, {20, 0, 0, 18, 18, 18, 18, 6}}, brief = {1, {3, 0, 0, 5, 5, 8, 9, 6}};
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < CNN_LINE_COLUMNS; c++) {
            const int wide = cnn_line_length(rows[i].cell[c]),
                      gap = c != CNN_LINE_NAME && c != CNN_LINE_STATUS;
            full.width[c] = wide > full.width[c] ? wide : full.width[c];
            brief.width[c] = wide ? (int)fmax(wide + gap, brief.width[c]) : brief.width[c];
        }
    return cnn_layout_choose(&full, &brief, width);
}

/* Prints a line and frees it. */
static void print(char *line)
{
    cnn_print(stdout, "%s\n", line);
    free(line);
}

void cnn_means_print(const cnn_experiment *e, const cnn_standing *standings)
{
    const size_t seeds = e->repeat ? (size_t)e->repeat : 1, count = e->trial_count / seeds;
    const int width = cnn_line_width();
    cnn_line *rows = cnn_alloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const cnn_standing *s = &standings[i * seeds];
        (void)snprintf(rows[i].cell[CNN_LINE_NAME], CNN_LINE_CELL, "%s", e->trials[i * seeds].run);
        set_mean(&rows[i], CNN_LINE_LOSS, s, seeds, CNN_STANDING_LOSS);
        set_mean(&rows[i], CNN_LINE_ACCURACY, s, seeds, CNN_STANDING_ACCURACY);
        set_mean(&rows[i], CNN_LINE_VAL_ACCURACY, s, seeds, CNN_STANDING_VAL_ACCURACY);
        set_mean(&rows[i], CNN_LINE_TEST_ACCURACY, s, seeds, CNN_STANDING_TEST_ACCURACY);
        set_statuses(&rows[i], s, seeds);
    }
    const cnn_layout l = final_layout(rows, count, width);
    print(cnn_line_headings(&l, width));
    for (size_t i = 0; i < count; i++)
        print(cnn_line_text(&rows[i], &l, width));
    fflush(stdout);
    free(rows);
}
