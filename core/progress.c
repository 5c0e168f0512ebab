/* progress.c - a bar with ETA on a terminal, a line a validation elsewhere. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/parent.h"
#include "base/text.h"
#include "plugin/crash.h"

#define BAR 20 /* characters between the brackets */

struct cnn_progress {
    bool terminal;
    int file;         /* that holds how far it is; -1: none */
    uint64_t samples; /* of one epoch */
    double epochs;    /* in all */
    double first;     /* epochs done at the start */
    double begun, start,
        drawn; /* by the clock: when it was made, when the steps began, when it was last drawn */
};

cnn_progress *cnn_progress_new(double epochs, double done, uint64_t samples_per_epoch)
{
    cnn_progress *progress = cnn_alloc(1, sizeof *progress);
    const char *term = getenv("TERM"), *file = getenv(CNN_PROGRESS_FILE);
    progress->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    progress->file = file ? atoi(file) : -1;
    progress->epochs = epochs;
    progress->samples = samples_per_epoch;
    progress->first = done;
    progress->begun = progress->start = cnn_clock_now();
    return progress;
}

static void clear(const cnn_progress *progress)
{
    if (progress->terminal && progress->drawn > 0)
        fputs("\r\033[K", stdout);
    fflush(stdout);
    cnn_crash_bar = 0;
}

void cnn_progress_free(cnn_progress *progress)
{
    if (progress)
        clear(progress);
    free(progress);
}

/* Replaces the line, cut to the terminal's width so that it never wraps. */
static void draw(const char *line)
{
    struct winsize size;
    int width = 80;
    cnn_crash_bar = 1;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        width = size.ws_col;
    printf("\r%.*s\033[K", width - 1, line);
    fflush(stdout);
}

/* The number of the last epoch, which may be cut. */
static unsigned long long last_epoch(const cnn_progress *progress)
{
    return (unsigned long long)ceil(progress->epochs);
}

/* The bar's line: of the epoch, how much is done of what will be trained of it. */
static void draw_bar(const cnn_progress *progress, uint64_t epoch, double part, double left,
                     const char *means)
{
    const double share = fmin(1, part / fmin(1, progress->epochs - (double)(epoch - 1)));
    char bar[BAR + 1], eta[32], line[200];
    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(share * BAR) ? '=' : i == (int)(share * BAR) ? '>' : ' ';
    bar[BAR] = '\0';
    (void)snprintf(line, sizeof line, "epoch %llu/%llu [%s] %3.0f%%  ETA %s  %s",
                   (unsigned long long)epoch, last_epoch(progress), bar, 100 * share,
                   cnn_format_duration(left, eta), means);
    draw(line);
}

const char *cnn_progress_figure(const char *name, double value, char out[CNN_FIGURE])
{
    out[0] = '\0';
    if (!isnan(value))
        (void)snprintf(out, CNN_FIGURE, "  %s %.4f", name, value);
    return out;
}

static void show_step(void *context, uint64_t epoch, uint64_t samples, double loss, double accuracy)
{
    cnn_progress *progress = context;
    const double now = cnn_clock_now();
    if ((!progress->terminal && progress->file < 0) || now - progress->drawn < 0.1)
        return;
    progress->drawn = now;
    const double part = (double)samples / (double)progress->samples;
    const cnn_progress_at at = {progress->first, (double)(epoch - 1) + part, progress->epochs};
    const double done = at.now - at.begun;
    if (progress->file >= 0 && pwrite(progress->file, &at, sizeof at, 0) != sizeof at)
        progress->file = -1;
    if (!progress->terminal)
        return;
    const double left = progress->epochs - progress->first - done;
    char means[80];
    char right[CNN_FIGURE];
    (void)snprintf(means, sizeof means, "loss %.4f%s", cnn_unsigned_nan(loss),
                   cnn_progress_figure("accuracy", accuracy, right));
    draw_bar(progress, epoch, part, (now - progress->start) / done * left, means);
}

static void show_phase(void *context, const char *what)
{
    cnn_progress *progress = context;
    if (!progress->terminal)
        return;
    progress->drawn = cnn_clock_now();
    draw(what);
}

/* Before the first step; where there is no terminal, a line every ten seconds. */
static void show_survey(void *context, const cnn_surveyed *at)
{
    cnn_progress *progress = context;
    char line[200];
    const double now = cnn_clock_now();
    progress->start = now; /* of the steps, at the last call */
    if (progress->terminal ? now - progress->drawn < 0.1
                           : now - fmax(progress->drawn, progress->begun) < 10)
        return;
    progress->drawn = now;
    (void)snprintf(line, sizeof line, "%s measures the training data, pass %llu of %llu: %.0f%%",
                   at->layer, (unsigned long long)at->pass, (unsigned long long)at->passes,
                   100 * (double)at->samples / (double)at->all);
    if (progress->terminal)
        draw(line);
    else
        puts(line);
    fflush(stdout);
}

/* Of a row within an epoch, the step is said. */
static void show_row(void *context, const cnn_row *row)
{
    const cnn_progress *progress = context;
    char step[32] = "", right[CNN_FIGURE], val_right[CNN_FIGURE];
    clear(progress);
    if (row->epoch != floor(row->epoch))
        (void)snprintf(step, sizeof step, ", step %.0f", row->step);
    printf("epoch %2llu/%llu%s  loss %.4f%s  val_loss %.4f%s  %.1f s  %.0f images/s\n",
           (unsigned long long)cnn_row_epoch(row), last_epoch(progress), step,
           cnn_unsigned_nan(row->loss), cnn_progress_figure("accuracy", row->accuracy, right),
           cnn_unsigned_nan(row->val_loss),
           cnn_progress_figure("val_accuracy", row->val_accuracy, val_right), row->seconds,
           row->images_per_second);
    fflush(stdout);
}

cnn_observer cnn_progress_observer(cnn_progress *progress)
{
    return (cnn_observer){progress, show_step, show_phase, show_row, show_survey};
}
