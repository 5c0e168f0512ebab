/* table.c - the table of an experiment while it runs. */
#include "experiment/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "experiment/line.h"

static cnn_layout live_layout(const cnn_experiment *e, int width)
{
    cnn_layout full = {0, {20, 6, 6, 10, 9, 13, 14, 20}}, brief = {1, {3, 4, 6, 7, 7, 8, 9, 11}};
    for (size_t t = 0; t < e->trial_count; t++) {
        const int name = cnn_line_length(e->trials[t].run);
        const int seed = snprintf(NULL, 0, "%lld", (long long)e->trials[t].seed);
        full.width[CNN_LINE_NAME] =
            name > full.width[CNN_LINE_NAME] ? name : full.width[CNN_LINE_NAME];
        full.width[CNN_LINE_SEED] =
            seed > full.width[CNN_LINE_SEED] ? seed : full.width[CNN_LINE_SEED];
        brief.width[CNN_LINE_NAME] =
            name > brief.width[CNN_LINE_NAME] ? name : brief.width[CNN_LINE_NAME];
        brief.width[CNN_LINE_SEED] =
            seed > brief.width[CNN_LINE_SEED] ? seed : brief.width[CNN_LINE_SEED];
    }
    return cnn_layout_choose(&full, &brief, width);
}

static void set_figure(cnn_line *r, int column, double value)
{
    if (isnan(value))
        (void)snprintf(r->cell[column], CNN_LINE_CELL, "-");
    else
        (void)snprintf(r->cell[column], CNN_LINE_CELL, "%.4f", value);
}

static char *live_line(const cnn_trial *trial, const cnn_standing *s, const cnn_layout *l,
                       int width)
{
    const double *v = s->value, seconds = v[CNN_STANDING_SECONDS];
    const double epochs = fmax(0, v[CNN_STANDING_EPOCHS]);
    cnn_line r;
    (void)snprintf(r.cell[CNN_LINE_NAME], CNN_LINE_CELL, "%s", trial->run);
    (void)snprintf(r.cell[CNN_LINE_SEED], CNN_LINE_CELL, "%lld", (long long)trial->seed);
    if (s->running)
        (void)snprintf(r.cell[CNN_LINE_EPOCH], CNN_LINE_CELL, "%.2f", fmax(epochs, s->done));
    else
        (void)snprintf(r.cell[CNN_LINE_EPOCH], CNN_LINE_CELL, "%.*f",
                       epochs == floor(epochs) ? 0 : 2, epochs);
    set_figure(&r, CNN_LINE_LOSS, v[CNN_STANDING_LOSS]);
    set_figure(&r, CNN_LINE_ACCURACY, v[CNN_STANDING_ACCURACY]);
    set_figure(&r, CNN_LINE_VAL_ACCURACY, v[CNN_STANDING_VAL_ACCURACY]);
    set_figure(&r, CNN_LINE_TEST_ACCURACY,
               s->running ? (double)NAN : v[CNN_STANDING_TEST_ACCURACY]);
    if (s->running || l->brief || isnan(seconds))
        (void)snprintf(r.cell[CNN_LINE_STATUS], CNN_LINE_CELL, "%s",
                       s->running ? "running" : s->status);
    else
        (void)snprintf(r.cell[CNN_LINE_STATUS], CNN_LINE_CELL, "%s, %.1f s", s->status, seconds);
    return cnn_line_text(&r, l, width);
}

/* The headings, where those above are of another layout; else NULL. */
static char *new_heads(const cnn_table *table, const cnn_experiment *e, const cnn_layout *l,
                       int width)
{
    const cnn_layout above = live_layout(e, table->width);
    if (table->width != 0 && memcmp(l, &above, sizeof *l) == 0)
        return NULL;
    return cnn_line_headings(l, width);
}

/* Prints a line that stays, below headings of its layout. */
static void keep_line(cnn_table *table, const cnn_experiment *e, const cnn_trial *trial,
                      const cnn_standing *standing)
{
    const int width = cnn_line_width();
    const cnn_layout l = live_layout(e, width);
    char *above = new_heads(table, e, &l, width);
    char *line = trial ? live_line(trial, standing, &l, width) : NULL;
    if (above)
        printf("%s\n", above);
    if (line)
        cnn_print(stdout, "%s\n", line);
    fflush(stdout);
    table->width = width;
    free(above);
    free(line);
}

void cnn_table_begin(cnn_table *table, const cnn_experiment *e)
{
    const char *term = getenv("TERM");
    *table = (cnn_table){.start = cnn_clock_now()};
    table->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    keep_line(table, e, NULL, NULL);
}

/* A line may take several rows since the terminal was made narrower. */
void cnn_table_wipe(cnn_table *table)
{
    const struct winsize size = cnn_line_screen();
    int rows = 0;
    for (int i = 0; i < table->drawn; i++)
        rows += table->length[i] > 0 ? (table->length[i] - 1) / size.ws_col + 1 : 1;
    if (rows > 0)
        printf("\r\033[%dA\033[J", rows < size.ws_row ? rows : size.ws_row - 1);
    table->drawn = 0;
    fflush(stdout);
}

/* Draws a line, cut to the width so that it does not wrap, and frees it. */
static void draw_line(cnn_table *table, char *line, int width)
{
    const int length = printf("%.*s\n", width, line) - 1;
    table->length[table->drawn++] = length > 0 ? length : 0;
    free(line);
}

/* "3 of 27 done, 2:10 elapsed, ETA 12:05", by the epochs done since we began. */
static char *line_of_all(const cnn_table *table, const cnn_standing *standings, size_t count)
{
    const double elapsed = cnn_clock_now() - table->start;
    double done = 0, all = 0;
    size_t ended = 0, selected = 0;
    char since[32], left[32];
    for (size_t t = 0; t < count; t++) {
        const cnn_standing *s = &standings[t];
        const bool over = !s->running && s->status[0];
        if (!s->selected)
            continue;
        selected++;
        ended += over;
        all += s->epochs - s->first;
        done += over ? s->epochs - s->first : s->running ? fmax(0, s->done - s->first) : 0;
    }
    (void)cnn_format_duration(elapsed, since);
    if (done > 0)
        return cnn_format("%zu of %zu done, %s elapsed, ETA %s", ended, selected, since,
                          cnn_format_duration(elapsed / done * (all - done), left));
    return cnn_format("%zu of %zu done, %s elapsed", ended, selected, since);
}

void cnn_table_draw(cnn_table *table, const cnn_run *run, const cnn_experiment *e,
                    cnn_standing *standings)
{
    if (!table->terminal || cnn_clock_now() - table->drawn_at < 0.25)
        return;
    cnn_table_wipe(table);
    const int rows = cnn_line_screen().ws_row - 2, width = cnn_line_width();
    const cnn_layout l = live_layout(e, width);
    char *above = new_heads(table, e, &l, width);
    if (above)
        draw_line(table, above, width);
    for (size_t t = 0; t < e->trial_count; t++) {
        if (!standings[t].running)
            continue;
        char *dir = cnn_path_join(run->dir, e->trials[t].dir);
        cnn_standing_follow(&standings[t], dir);
        free(dir);
        if (table->drawn < rows && table->drawn < CNN_TABLE_DRAWN - 1)
            draw_line(table, live_line(&e->trials[t], &standings[t], &l, width), width);
    }
    draw_line(table, line_of_all(table, standings, e->trial_count), width);
    fflush(stdout);
    table->drawn_at = cnn_clock_now();
}

void cnn_table_end(cnn_table *table, const cnn_experiment *e, size_t trial,
                   const cnn_standing *standing)
{
    cnn_table_wipe(table);
    keep_line(table, e, &e->trials[trial], standing);
}
