/* table.c - the tables of an experiment, made to fit the terminal. */
#include "experiment/table.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#define CELL 96         /* bytes of one, at most: a run's name, or the statuses of its seeds */
#define SHORTEST_NAME 8 /* to which a run's name is cut */

enum { NAME, SEED, EPOCH, LOSS, ACCURACY, VAL_ACCURACY, TEST_ACCURACY, STATUS, COLUMNS };

typedef struct row {
    char cell[COLUMNS][CELL];
} row;

static const row heads = {{"run", "seed", "epoch", "loss", "accuracy", "val_accuracy",
                           "test_accuracy", "status"}},
                 brief_heads = {
                     {"run", "seed", "epoch", "loss", "acc", "val_acc", "test_acc", "status"}};

/* How wide each column is; 0: left out. */
typedef struct layout {
    int brief; /* short headings, and no seconds */
    int width[COLUMNS];
} layout;

/* ---- the terminal's width -------------------------------------------------------------------- */

static struct winsize screen(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || size.ws_row < 3)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    return size;
}

/* Characters that a line may have, so that it never wraps. */
static int line_width(void)
{
    return isatty(STDOUT_FILENO) ? screen().ws_col - 1 : INT_MAX;
}

/* Characters of UTF-8. */
static int length_of(const char *text)
{
    int length = 0;
    for (; *text; text++)
        length += ((unsigned char)*text & 0xC0) != 0x80;
    return length;
}

static int width_of(const layout *l)
{
    int width = 1; /* a status has two blanks before it */
    for (int c = 0; c < COLUMNS; c++)
        width += l->width[c] ? l->width[c] + (c > 0) : 0;
    return width;
}

/* Leaves out columns, those that say least first, until a line fits. */
static void fit(layout *l, int width)
{
    static const int least[] = {LOSS, ACCURACY, VAL_ACCURACY, EPOCH};
    for (size_t i = 0; i < sizeof least / sizeof least[0] && width_of(l) > width; i++)
        l->width[least[i]] = 0;
    while (l->width[NAME] > SHORTEST_NAME && width_of(l) > width)
        l->width[NAME]--;
}

/* The row's line, cut to the width. */
static char *line_of(const row *r, const layout *l, int width)
{
    cnn_text line = {0};
    for (int c = 0; c < COLUMNS; c++) {
        const int pad = l->width[c] - length_of(r->cell[c]);
        if (c == NAME && pad < 0)
            cnn_text_add(&line, "%.*s~", l->width[c] - 1, r->cell[c]);
        else if (c == NAME)
            cnn_text_add(&line, "%s%*s", r->cell[c], pad, "");
        else if (c == STATUS)
            cnn_text_add(&line, "  %s", r->cell[c]);
        else if (l->width[c])
            cnn_text_add(&line, " %*s%s", pad > 0 ? pad : 0, "", r->cell[c]);
    }
    char *end = line.data;
    for (int left = width; *end && (((unsigned char)*end & 0xC0) == 0x80 || left > 0); end++)
        left -= ((unsigned char)*end & 0xC0) != 0x80;
    *end = '\0';
    return line.data;
}

static void print_row(const row *r, const layout *l, int width)
{
    char *line = line_of(r, l, width);
    cnn_print(stdout, "%s\n", line);
    free(line);
}

/* ---- while it runs --------------------------------------------------------------------------- */

static layout live_layout(const cnn_experiment *e, int width)
{
    layout full = {0, {20, 6, 6, 10, 9, 13, 14, 20}}, brief = {1, {3, 4, 6, 7, 7, 8, 9, 11}};
    for (size_t t = 0; t < e->trial_count; t++) {
        const int name = length_of(e->trials[t].run);
        const int seed = snprintf(NULL, 0, "%lld", (long long)e->trials[t].seed);
        full.width[NAME] = name > full.width[NAME] ? name : full.width[NAME];
        full.width[SEED] = seed > full.width[SEED] ? seed : full.width[SEED];
        brief.width[NAME] = name > brief.width[NAME] ? name : brief.width[NAME];
        brief.width[SEED] = seed > brief.width[SEED] ? seed : brief.width[SEED];
    }
    if (width_of(&full) <= width)
        return full;
    fit(&brief, width);
    return brief;
}

static void set_figure(row *r, int column, double value)
{
    if (isnan(value))
        (void)snprintf(r->cell[column], CELL, "-");
    else
        (void)snprintf(r->cell[column], CELL, "%.4f", value);
}

static char *live_line(const cnn_trial *trial, const cnn_standing *s, const layout *l, int width)
{
    const double *v = s->value, seconds = v[CNN_STANDING_SECONDS];
    const double epochs = fmax(0, v[CNN_STANDING_EPOCHS]);
    row r;
    (void)snprintf(r.cell[NAME], CELL, "%s", trial->run);
    (void)snprintf(r.cell[SEED], CELL, "%lld", (long long)trial->seed);
    if (s->running)
        (void)snprintf(r.cell[EPOCH], CELL, "%.2f", fmax(epochs, s->done));
    else
        (void)snprintf(r.cell[EPOCH], CELL, "%.0f", epochs);
    set_figure(&r, LOSS, v[CNN_STANDING_LOSS]);
    set_figure(&r, ACCURACY, v[CNN_STANDING_ACCURACY]);
    set_figure(&r, VAL_ACCURACY, v[CNN_STANDING_VAL_ACCURACY]);
    set_figure(&r, TEST_ACCURACY, s->running ? (double)NAN : v[CNN_STANDING_TEST_ACCURACY]);
    if (s->running || l->brief || isnan(seconds))
        (void)snprintf(r.cell[STATUS], CELL, "%s", s->running ? "running" : s->status);
    else
        (void)snprintf(r.cell[STATUS], CELL, "%s, %.1f s", s->status, seconds);
    return line_of(&r, l, width);
}

/* The headings, where those above are of another layout; else NULL. */
static char *new_heads(const cnn_table *table, const cnn_experiment *e, const layout *l, int width)
{
    const layout above = live_layout(e, table->width);
    if (table->width != 0 && memcmp(l, &above, sizeof *l) == 0)
        return NULL;
    return line_of(l->brief ? &brief_heads : &heads, l, width);
}

/* Prints a line that stays, below headings of its layout. */
static void keep_line(cnn_table *table, const cnn_experiment *e, const cnn_trial *trial,
                      const cnn_standing *standing)
{
    const int width = line_width();
    const layout l = live_layout(e, width);
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
    const struct winsize size = screen();
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
    const int rows = screen().ws_row - 2, width = line_width();
    const layout l = live_layout(e, width);
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

/* ---- what it came to ------------------------------------------------------------------------- */

/* Whether its figures count: all do where none has completed. */
static bool counts(const cnn_standing *s, size_t seeds, size_t i)
{
    bool completed = false;
    for (size_t k = 0; k < seeds; k++)
        completed |= cnn_outcome_find(s[k].status) == CNN_COMPLETED;
    return !completed || cnn_outcome_find(s[i].status) == CNN_COMPLETED;
}

/* "0.9912 +- 0.0003 of 2", with a sign of two bytes; "of 2" where the run has more seeds. */
static void set_mean(row *r, int cell, const cnn_standing *s, size_t seeds, size_t column)
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
    (void)snprintf(r->cell[cell], CELL, "%s", text.data);
    cnn_text_free(&text);
}

/* "completed", or "2 completed, 1 diverged"; what has no summary was not started. */
static void set_statuses(row *r, const cnn_standing *s, size_t seeds)
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
    (void)snprintf(r->cell[STATUS], CELL, "%s", text.data ? text.data : "");
    cnn_text_free(&text);
}

static layout final_layout(const row *rows, size_t count, int width)
{
    layout full = {0, {20, 0, 0, 18, 18, 18, 18, 6}}, brief = {1, {3, 0, 0, 5, 5, 8, 9, 6}};
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < COLUMNS; c++) {
            const int wide = length_of(rows[i].cell[c]), gap = c != NAME && c != STATUS;
            full.width[c] = wide > full.width[c] ? wide : full.width[c];
            brief.width[c] = wide ? (int)fmax(wide + gap, brief.width[c]) : brief.width[c];
        }
    if (width_of(&full) <= width)
        return full;
    fit(&brief, width);
    return brief;
}

void cnn_table_print(const cnn_experiment *e, const cnn_standing *standings)
{
    const size_t seeds = e->repeat ? (size_t)e->repeat : 1, count = e->trial_count / seeds;
    const int width = line_width();
    row *rows = cnn_alloc(count, sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        const cnn_standing *s = &standings[i * seeds];
        (void)snprintf(rows[i].cell[NAME], CELL, "%s", e->trials[i * seeds].run);
        set_mean(&rows[i], LOSS, s, seeds, CNN_STANDING_LOSS);
        set_mean(&rows[i], ACCURACY, s, seeds, CNN_STANDING_ACCURACY);
        set_mean(&rows[i], VAL_ACCURACY, s, seeds, CNN_STANDING_VAL_ACCURACY);
        set_mean(&rows[i], TEST_ACCURACY, s, seeds, CNN_STANDING_TEST_ACCURACY);
        set_statuses(&rows[i], s, seeds);
    }
    const layout l = final_layout(rows, count, width);
    print_row(l.brief ? &brief_heads : &heads, &l, width);
    for (size_t i = 0; i < count; i++)
        print_row(&rows[i], &l, width);
    fflush(stdout);
    free(rows);
}
