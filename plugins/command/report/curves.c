/* curves.c - what the plots of a page show: loss and accuracy of a run; of several runs all
 * together, bars, and two small plots a run.
 *
 * Their order is what run_page.c and group_page.c rely on: loss before accuracy; of several runs
 * four of all, two of bars, then two for each run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/sections.h"

/* ---- one run -------------------------------------------------------------------------------- */

static double value_of(const cnn_metrics_row *row, bool accuracy, bool training)
{
    return training ? (accuracy ? row->accuracy : row->loss)
                    : (accuracy ? row->val_accuracy : row->val_loss);
}

/* Training, then validation. Of several seeds in one plot only the first is named in its key. */
static void add_curves(page_plot *plot, const page_record *record, bool accuracy, bool seeds,
                       bool first)
{
    for (size_t training = 2; training-- > 0;) {
        page_curve *curve =
            page_plot_add(plot, training ? "training" : "validation", training ? 0 : 1);
        curve->dashed = training;
        curve->faint = seeds;
        curve->unnamed = !first;
        for (size_t i = 0; i < record->row_count; i++) {
            const cnn_metrics_row *row = &record->rows[i];
            page_curve_add(curve, row->epoch, value_of(row, accuracy, training), (double)NAN);
        }
    }
}

static page_plot *add_plot(page_plots *plots, const char *name, bool accuracy)
{
    page_plot *plot =
        page_plots_add(plots, name, accuracy ? "Accuracy" : "Loss", accuracy ? "accuracy" : "loss");
    plot->paired = true;
    plot->bounded = accuracy;
    return plot;
}

void page_run_plots(page_plots *plots, const page_record *record)
{
    add_curves(add_plot(plots, "loss", false), record, false, false, true);
    add_curves(add_plot(plots, "accuracy", true), record, true, false, true);
}

/* ---- means over seeds ----------------------------------------------------------------------- */

/* Of all runs in one picture. */
static const struct view {
    const char *name, *title, *axis;
    bool accuracy, training, error;
} views[] = {
    {"all-accuracy", "Validation accuracy", "validation accuracy", true, false, false},
    {"all-error", "Validation error", "1 − accuracy", true, false, true},
    {"all-loss", "Validation loss", "validation loss", false, false, false},
    {"all-training-loss", "Training loss", "training loss", false, true, false},
};

/* At each epoch the mean over the seeds that count, got there, and have a finite value. */
static void add_mean_curve(page_curve *curve, const page_group *group, const struct view *view)
{
    size_t most = 0;
    for (size_t m = 0; m < group->count; m++)
        most = group->members[m].row_count > most ? group->members[m].row_count : most;
    for (size_t i = 0; i < most; i++) {
        double sum = 0, count = 0, epoch = 0;
        for (size_t m = 0; m < group->count; m++) {
            const page_record *member = &group->members[m];
            if (i >= member->row_count || !page_group_counts(group, member))
                continue;
            const cnn_metrics_row *row = &member->rows[i];
            const double value = value_of(row, view->accuracy, view->training);
            epoch = row->epoch;
            sum += isfinite(value) ? value : 0;
            count += isfinite(value);
        }
        double mean = count > 0 ? sum / count : (double)NAN;
        if (view->error)
            mean = mean < 1 ? 1 - mean : (double)NAN; /* zero is on no logarithmic scale */
        page_curve_add(curve, epoch, mean, (double)NAN);
    }
}

static void plot_all(page_plots *plots, const page_groups *groups, const struct view *view)
{
    page_plot *plot = page_plots_add(plots, view->name, view->title, view->axis);
    plot->bounded = view->accuracy && !view->error;
    plot->logarithmic = view->error;
    for (size_t g = 0; g < groups->count; g++)
        add_mean_curve(page_plot_add(plot, groups->groups[g].name, g), &groups->groups[g], view);
}

static void plot_bars(page_plots *plots, const page_groups *groups, bool accuracy)
{
    page_plot *plot =
        page_plots_add(plots, accuracy ? "bars-accuracy" : "bars-loss",
                       accuracy ? "Final validation accuracy" : "Final validation loss",
                       accuracy ? "validation accuracy" : "validation loss");
    plot->bars = true;
    plot->bounded = accuracy;
    for (size_t g = 0; g < groups->count; g++) {
        const page_mean m = page_group_mean(
            &groups->groups[g], accuracy ? page_figure_final_accuracy : page_figure_final_loss);
        page_curve_add(page_plot_add(plot, groups->groups[g].name, g), 0, m.mean, m.deviation);
    }
}

/* ---- each of several ------------------------------------------------------------------------- */

/* A name for files: that of the run as far as it is letters, digits and the like. */
static char *file_name(const char *run, size_t number, const char *what)
{
    char *name = cnn_format("run%02zu-%.40s-%s", number + 1, run, what);
    for (char *c = name; *c; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *c))
            *c = '_';
    return name;
}

static void plot_group(page_plots *plots, const page_group *group, size_t number, bool accuracy)
{
    char *name = file_name(group->name, number, accuracy ? "accuracy" : "loss");
    page_plot *plot = add_plot(plots, name, accuracy);
    free(name);
    plot->small = true;
    for (size_t m = 0; m < group->count; m++)
        add_curves(plot, &group->members[m], accuracy, group->count > 1, m == 0);
}

void page_groups_plots(page_plots *plots, const page_groups *groups)
{
    for (size_t v = 0; v < sizeof views / sizeof views[0]; v++)
        plot_all(plots, groups, &views[v]);
    plot_bars(plots, groups, true);
    plot_bars(plots, groups, false);
    for (size_t g = 0; g < groups->count; g++) {
        plot_group(plots, &groups->groups[g], g, false);
        plot_group(plots, &groups->groups[g], g, true);
    }
}
