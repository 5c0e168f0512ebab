/* standing.c - where each training of an experiment stands, from its folder; results.csv and
 * tables. */
#include "standing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

/* As the summary has them; results.csv calls the last one `seconds`. */
static const char *const keys[CNN_STANDING_COLUMNS] = {
    "epochs",       "best_epoch",        "loss",      "accuracy",      "val_loss",
    "val_accuracy", "best_val_accuracy", "test_loss", "test_accuracy", "wall_seconds"};

void cnn_standing_read(cnn_standing *standing, const char *dir)
{
    json_t *root = cnn_run_read_summary(dir);
    const char *status = json_string_value(json_object_get(root, "status"));
    const char *sha256 = json_string_value(json_object_get(root, "weights_sha256"));
    (void)snprintf(standing->status, sizeof standing->status, "%s", status ? status : "");
    (void)snprintf(standing->sha256, sizeof standing->sha256, "%s", sha256 ? sha256 : "");
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++) {
        const json_t *value = json_object_get(root, keys[i]);
        standing->value[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    json_decref(root);
}

/* The figures of the last epoch in DIR/metrics.csv, of a training under way. */
static void follow(cnn_standing *standing, const char *dir)
{
    char *path = cnn_path_join(dir, "metrics.csv"), *text = NULL;
    cnn_report ignored = {0};
    uint64_t size;
    double *v = standing->value;
    if (cnn_run_holds(dir, "metrics.csv") &&
        cnn_file_read(path, 1 << 26, CNN_EXIT_OUTPUT, &text, &size, &ignored) && size > 0) {
        text[size - 1] = '\0'; /* the last line's end */
        const char *last = strrchr(text, '\n');
        if (last)
            (void)sscanf(last, "%lf,%lf,%lf,%lf,%lf", &v[CNN_STANDING_EPOCHS],
                         &v[CNN_STANDING_LOSS], &v[CNN_STANDING_ACCURACY],
                         &v[CNN_STANDING_VAL_LOSS], &v[CNN_STANDING_VAL_ACCURACY]);
    }
    cnn_report_free(&ignored);
    free(text);
    free(path);
}

bool cnn_standing_ended(const cnn_standing *standing)
{
    return strcmp(standing->status, "completed") == 0 || strcmp(standing->status, "diverged") == 0;
}

void cnn_standing_write(const cnn_run *run, const cnn_experiment *e, const cnn_standing *standings,
                        cnn_report *report)
{
    cnn_text text = {0};
    char digits[32];
    cnn_text_add(&text, "run,seed,status");
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
        cnn_text_add(&text, ",%s", i == CNN_STANDING_SECONDS ? "seconds" : keys[i]);
    cnn_text_add(&text, ",weights_sha256\n");
    for (size_t t = 0; t < e->trial_count; t++) {
        const cnn_standing *s = &standings[t];
        if (!s->status[0] || s->running)
            continue;
        cnn_text_add(&text, "%s,%lld,%s", e->trials[t].run, (long long)e->trials[t].seed,
                     s->status);
        for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
            cnn_text_add(&text, ",%s",
                         isnan(s->value[i]) ? "" : cnn_format_real(s->value[i], digits));
        cnn_text_add(&text, ",%s\n", s->sha256);
    }
    if (!cnn_run_write(run, "results.csv", text.data, report))
        CNN_BUG_IF(report->errors == 0);
    cnn_text_free(&text);
}

/* ---- tables --------------------------------------------------------------------------------- */

static void add_figure(cnn_text *line, int width, double value)
{
    if (isnan(value))
        cnn_text_add(line, "%*s", width, "-");
    else
        cnn_text_add(line, "%*.4f", width, value);
}

static char *line_of(const cnn_trial *trial, const cnn_standing *s)
{
    cnn_text line = {0};
    cnn_text_add(&line, "%-20s %6lld ", trial->run, (long long)trial->seed);
    cnn_text_add(&line, "%6.0f ", fmax(0, s->value[CNN_STANDING_EPOCHS]));
    add_figure(&line, 10, s->value[CNN_STANDING_LOSS]);
    add_figure(&line, 10, s->value[CNN_STANDING_ACCURACY]);
    add_figure(&line, 14, s->value[CNN_STANDING_VAL_ACCURACY]);
    add_figure(&line, 15, s->running ? (double)NAN : s->value[CNN_STANDING_TEST_ACCURACY]);
    cnn_text_add(&line, "  %s", s->running ? "running" : s->status);
    if (!s->running && !isnan(s->value[CNN_STANDING_SECONDS]))
        cnn_text_add(&line, ", %.1f s", s->value[CNN_STANDING_SECONDS]);
    return line.data;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cnn_table_begin(cnn_table *table)
{
    const char *term = getenv("TERM");
    *table = (cnn_table){.start = now()};
    table->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    printf("%-20s %6s %6s %10s %9s %13s %14s  %s\n", "run", "seed", "epoch", "loss", "accuracy",
           "val_accuracy", "test_accuracy", "status");
    fflush(stdout);
}

void cnn_table_wipe(cnn_table *table)
{
    for (; table->drawn > 0; table->drawn--)
        fputs("\033[A\033[2K", stdout);
}

/* Draws a line, cut to the width so that it never wraps, and frees it. */
static void draw_line(cnn_table *table, char *line, int width)
{
    printf("%.*s\n", width - 1, line);
    table->drawn++;
    free(line);
}

/* "3 of 27 done, ETA 12:05", by the epochs done since we began. */
static char *line_of_all(const cnn_table *table, const cnn_standing *standings, size_t count)
{
    double done = 0, all = 0;
    size_t ended = 0, selected = 0;
    for (size_t t = 0; t < count; t++) {
        const cnn_standing *s = &standings[t];
        const bool over = !s->running && s->status[0];
        selected += s->selected;
        ended += s->selected && over;
        all += s->selected ? s->epochs - s->first : 0;
        done += !s->selected
                    ? 0
                    : (over ? s->epochs : fmax(s->first, s->value[CNN_STANDING_EPOCHS])) - s->first;
    }
    const double left = (now() - table->start) / done * (all - done);
    return done > 0 ? cnn_format("%zu of %zu done, ETA %.0f:%02.0f", ended, selected,
                                 floor(left / 60), floor(fmod(left, 60)))
                    : cnn_format("%zu of %zu done", ended, selected);
}

void cnn_table_draw(cnn_table *table, const cnn_run *run, const cnn_experiment *e,
                    cnn_standing *standings)
{
    struct winsize size = {0};
    if (!table->terminal || now() - table->drawn_at < 0.25)
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || size.ws_row < 3)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    cnn_table_wipe(table);
    for (size_t t = 0; t < e->trial_count; t++) {
        if (!standings[t].running)
            continue;
        char *dir = cnn_path_join(run->dir, e->trials[t].dir);
        follow(&standings[t], dir);
        free(dir);
        if (table->drawn < size.ws_row - 2)
            draw_line(table, line_of(&e->trials[t], &standings[t]), size.ws_col);
    }
    draw_line(table, line_of_all(table, standings, e->trial_count), size.ws_col);
    fflush(stdout);
    table->drawn_at = now();
}

void cnn_table_end(cnn_table *table, const cnn_trial *trial, const cnn_standing *standing)
{
    char *line = line_of(trial, standing);
    cnn_table_wipe(table);
    printf("%s\n", line);
    fflush(stdout);
    free(line);
}

/* "0.9912 +- 0.0003" of those seeds that have the figure, with a sign of two bytes. */
static void print_mean(const cnn_standing *s, size_t seeds, size_t column)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < seeds; i++) {
        sum += isnan(s[i].value[column]) ? 0 : s[i].value[column];
        count += !isnan(s[i].value[column]);
    }
    const double mean = sum / count;
    for (size_t i = 0; i < seeds; i++)
        squares += isnan(s[i].value[column])
                       ? 0
                       : (s[i].value[column] - mean) * (s[i].value[column] - mean);
    if (count == 0)
        printf(" %18s", "-");
    else if (count < 2)
        printf(" %9.4f %8s", mean, "");
    else
        printf(" %9.4f \u00b1 %.4f", mean, sqrt(squares / (count - 1)));
}

static void print_findings(const char *run, const char *dir)
{
    json_t *root = cnn_run_read_summary(dir);
    const json_t *list = json_object_get(root, "findings");
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("%s: %s\n", run, json_string_value(json_array_get(list, i)));
    json_decref(root);
}

/* "completed", or "2 completed, 1 diverged"; what has no summary was not started. */
static void print_statuses(const cnn_standing *s, size_t seeds)
{
    static const char *const known[] = {"completed", "diverged", "interrupted", "failed", ""};
    const char *between = "  ";
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        size_t count = 0;
        for (size_t i = 0; i < seeds; i++)
            count += strcmp(s[i].status, known[k]) == 0;
        if (count > 0 && count < seeds)
            printf("%s%zu %s", between, count, known[k][0] ? known[k] : "not started");
        else if (count > 0)
            printf("%s%s", between, known[k][0] ? known[k] : "not started");
        between = count > 0 ? ", " : between;
    }
    printf("\n");
}

void cnn_standing_print(const cnn_run *run, const cnn_experiment *e, const cnn_standing *standings)
{
    const size_t seeds = e->repeat ? (size_t)e->repeat : 1;
    printf("\n%-20s %18s %18s %18s %18s  %s\n", "run", "loss", "accuracy", "val_accuracy",
           "test_accuracy", "status");
    for (size_t t = 0; t < e->trial_count; t += seeds) {
        static const size_t columns[] = {CNN_STANDING_LOSS, CNN_STANDING_ACCURACY,
                                         CNN_STANDING_VAL_ACCURACY, CNN_STANDING_TEST_ACCURACY};
        printf("%-20s", e->trials[t].run);
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
            print_mean(&standings[t], seeds, columns[c]);
        print_statuses(&standings[t], seeds);
    }
    printf("\n");
    for (size_t t = 0; t < e->trial_count; t += seeds) {
        char *dir = cnn_path_join(run->dir, e->trials[t].dir);
        print_findings(e->trials[t].run, dir);
        free(dir);
    }
    printf("%s/results.csv\n", run->dir);
    fflush(stdout);
}
