/* run_page.c - the page of one run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/graph.h"
#include "report/html.h"
#include "report/sections.h"

#define MOST_ROWS 400u

/* ---- key figures ---------------------------------------------------------------------------- */

static void begin_figure(cnn_text *out, const char *name)
{
    page_html(out, "<div><dt>%s</dt><dd>", name);
}

static void add_figure(cnn_text *out, const char *name, double value, int decimals)
{
    begin_figure(out, name);
    page_html_number(out, value, decimals);
    page_html_raw(out, "</dd></div>\n");
}

/* 1234567 as 1 234 567, with narrow blanks. */
static void add_count(cnn_text *out, const char *name, double value)
{
    begin_figure(out, name);
    if (isfinite(value) && value >= 0 && value < 1e15) {
        char *digits = cnn_format("%.0f", value);
        for (size_t i = 0, length = strlen(digits); i < length; i++)
            cnn_text_add(out, "%s%c", i && (length - i) % 3 == 0 ? "&#8239;" : "", digits[i]);
        free(digits);
    } else {
        page_html_number(out, value, 0);
    }
    page_html_raw(out, "</dd></div>\n");
}

static void add_time(cnn_text *out, double seconds)
{
    begin_figure(out, "Time");
    if (seconds >= 3600 && seconds < 1e9)
        page_html(out, "%d <small>h</small> %d <small>min</small>", (int)(seconds / 3600),
                  (int)fmod(seconds / 60, 60));
    else if (seconds >= 60 && seconds < 3600)
        page_html(out, "%d <small>min</small> %d <small>s</small>", (int)(seconds / 60),
                  (int)fmod(seconds, 60));
    else {
        page_html_number(out, seconds, 1);
        page_html_raw(out, isfinite(seconds) ? " <small>s</small>" : "");
    }
    page_html_raw(out, "</dd></div>\n");
}

static void add_best(cnn_text *out, const page_record *record)
{
    begin_figure(out, "Best epoch");
    page_html_number(out, page_record_number(record, CNN_KEY_BEST_EPOCH), 0);
    const double best = page_figure_best_accuracy(record);
    if (isfinite(best)) {
        page_html_raw(out, " <small>(");
        page_html_number(out, best, 4);
        page_html_raw(out, ")</small>");
    }
    page_html_raw(out, "</dd></div>\n");
}

/* A part of an epoch counts. */
static int epoch_decimals(double epochs)
{
    return epochs == floor(epochs) ? 0 : 2;
}

static void add_figures(cnn_text *out, const page_record *record)
{
    const double epochs = page_record_number(record, CNN_KEY_EPOCHS);
    page_html_raw(out, "<dl class=\"figures\">\n");
    add_figure(out, "Test accuracy", page_record_number(record, CNN_KEY_TEST_ACCURACY), 4);
    add_figure(out, "Test loss", page_record_number(record, CNN_KEY_TEST_LOSS), 4);
    add_best(out, record);
    add_figure(out, "Epochs", epochs, epoch_decimals(epochs));
    add_count(out, "Images/s", page_record_number(record, CNN_KEY_IMAGES_PER_SECOND));
    add_time(out, page_record_number(record, CNN_KEY_WALL_SECONDS));
    add_count(out, "Parameters", page_record_number(record, CNN_KEY_PARAMETERS));
    add_figure(out, "Seed", page_record_number(record, CNN_KEY_SEED), 0);
    page_html_raw(out, "</dl>\n");
}

/* ---- sections ------------------------------------------------------------------------------- */

static void add_findings(cnn_text *out, const page_record *record)
{
    const json_t *findings = json_object_get(record->summary, CNN_KEY_FINDINGS);
    if (json_array_size(findings) == 0)
        return;
    page_html(out, "<div class=\"notes\"><b>%s</b><ul>\n",
              strcmp(record->status, "failed") == 0 ? "Why it failed" : "Findings");
    for (size_t i = 0; i < json_array_size(findings) && i < 100; i++) {
        const char *text = json_string_value(json_array_get(findings, i));
        page_html(out, "<li>%s</li>\n", text ? text : "a finding that is no text");
    }
    page_html_raw(out, "</ul></div>\n");
}

/* Who has ended the training early, and why. */
static void add_stop(cnn_text *out, const page_record *record)
{
    const char *who = page_record_text(record, CNN_KEY_STOPPED_BY),
               *why = page_record_text(record, CNN_KEY_STOP_REASON);
    if (who)
        page_html(out, "<p>Stopped by %s: %s</p>\n", who, why ? why : "it gave no reason");
}

static void add_cell(cnn_text *out, double value, int decimals)
{
    page_html_raw(out, "<td>");
    page_html_number(out, value, decimals);
    page_html_raw(out, "</td>");
}

static void add_epochs(cnn_text *out, const page_record *record)
{
    const bool steps = isfinite(record->rows[0].step);
    page_html_raw(
        out,
        "<details class=\"long\"><summary>All epochs as numbers</summary><div class=\"scroll\">"
        "<table class=\"data\"><thead><tr><th>Epoch</th>");
    page_html_raw(out, steps ? "<th>Step</th>" : "");
    page_html_raw(out, "<th>Loss</th><th>Accuracy</th><th>Val. loss</th>"
                       "<th>Val. accuracy</th><th>Images/s</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < record->row_count && i < MOST_ROWS; i++) {
        const cnn_metrics_row *row = &record->rows[i];
        page_html_raw(out, "<tr><th scope=\"row\">");
        page_html_number(out, row->epoch, epoch_decimals(row->epoch));
        page_html_raw(out, "</th>");
        if (steps)
            add_cell(out, row->step, 0);
        add_cell(out, row->loss, 4);
        add_cell(out, row->accuracy, 4);
        add_cell(out, row->val_loss, 4);
        add_cell(out, row->val_accuracy, 4);
        add_cell(out, row->images_per_second, 0);
        page_html_raw(out, "</tr>\n");
    }
    page_html_raw(out, "</tbody></table></div></details>\n");
}

static void add_learning(cnn_text *out, page_plots *plots, const page_record *record,
                         const char *folder)
{
    page_html_raw(out, "<section><h2>Learning curves</h2>\n");
    if (record->row_count == 0) {
        page_html(out, "<p class=\"none\">%s, so there is nothing to draw.</p></section>\n",
                  record->metrics_unread ? "metrics.csv cannot be read" : "No epoch was finished");
        return;
    }
    const page_plot *loss = plots->plots[0]; /* the accuracy's curves look alike */
    page_html_raw(out, "<ul class=\"legend\"><li>");
    page_plot_swatch(out, loss, &loss->curves[0]);
    page_html_raw(out, "training</li><li>");
    page_plot_swatch(out, loss, &loss->curves[1]);
    page_html_raw(out, "validation</li></ul>\n");
    page_html_raw(out, "<div class=\"plots\">\n");
    for (size_t i = 0; i < plots->count; i++)
        page_plot_show(out, plots, plots->plots[i]);
    page_html_raw(out, "</div>\n<p class=\"note\">Training values are running means over the "
                       "epoch, with dropout on.");
    if (record->validation_known && record->validates_on_test)
        page_html_raw(out, " <b>Validation is measured on the test data</b>: the pipeline names no "
                           "validation data, so "
                           "the best epoch was chosen by the data it is judged by.");
    page_frame_data(out, folder, record->dir, CNN_RUN_METRICS);
    page_html_raw(out, "</p>\n");
    add_epochs(out, record);
    page_html_raw(out, "</section>\n");
}

static void add_insight(cnn_text *out, const page_insight *insight)
{
    if (insight->input.outputs && !insight->input.classes)
        return; /* the targets are vectors */
    if (insight->confusion && page_scores_total(insight->confusion, insight->classes) == 0) {
        page_html_raw(out, "<section><h2>Confusion matrix</h2><p class=\"none\">No image was "
                           "classified: the network's outputs are not numbers.</p></section>\n");
    } else if (insight->confusion) {
        page_html_raw(out, "<div class=\"two\"><section><h2>Confusion matrix</h2>\n");
        page_matrix_add(out, insight->confusion, insight->classes);
        page_html_raw(
            out,
            "<p class=\"note\">Blue: the share of a class that was recognized. Orange: mistakes, "
            "the "
            "deepest for the most frequent one.</p></section>\n<section><h2>Each class</h2>\n");
        page_matrix_scores(out, insight->confusion, insight->classes);
        page_html_raw(out, "</section></div>\n<section><h2>Most confused</h2>\n");
        page_pairs_add(out, insight);
        if (insight->trouble)
            page_html(out, "<p class=\"none\">There are no images of the mistakes: %s.</p>\n",
                      insight->trouble);
        page_html_raw(out, "</section>\n");
    } else {
        page_html(out,
                  "<section><h2>Confusion matrix</h2><p class=\"none\">It could not be measured: "
                  "%s.</p></section>\n",
                  insight->trouble ? insight->trouble : "the summary has none");
    }
}

static void add_environment(cnn_text *out, const page_record *record)
{
    const json_t *plugins = json_object_get(record->summary, CNN_KEY_PLUGINS);
    const char *weights = page_record_text(record, CNN_KEY_WEIGHTS);
    page_html_raw(out, "<section><h2>Environment</h2>\n<p class=\"hash\">");
    if (weights)
        page_html(out, "weights SHA-256 %s<br>", weights);
    page_html_raw(out, "threads ");
    page_html_number(out, page_record_number(record, CNN_KEY_THREADS), 0);
    page_html_raw(out, ", peak memory ");
    page_html_number(out, page_record_number(record, CNN_KEY_PEAK_RSS) / 1048576, 0);
    page_html_raw(out, " MiB</p>\n");
    if (json_array_size(plugins)) {
        page_html_raw(
            out,
            "<details><summary>Plugins, with their hashes</summary><div class=\"scroll\"><table "
            "class=\"data\"><thead><tr><th>Plugin</th><th "
            "class=\"text\">SHA-256</th></tr></thead><tbody>\n");
        for (size_t i = 0; i < json_array_size(plugins) && i < 200; i++) {
            const json_t *p = json_array_get(plugins, i);
            const char *kind = json_string_value(json_object_get(p, CNN_KEY_PLUGIN_KIND)),
                       *name = json_string_value(json_object_get(p, CNN_KEY_PLUGIN_NAME)),
                       *file = json_string_value(json_object_get(p, CNN_KEY_PLUGIN_FILE)),
                       *hash = json_string_value(json_object_get(p, CNN_KEY_PLUGIN_SHA256));
            page_html(out,
                      "<tr><th scope=\"row\" title=\"%s\">%s/%s</th><td class=\"text "
                      "hash\">%s</td></tr>\n",
                      file ? file : "", kind ? kind : "?", name ? name : "?", hash ? hash : "?");
        }
        page_html_raw(out, "</tbody></table></div></details>\n");
    }
    if (record->pipeline)
        page_frame_source(out, "The pipeline, with every default", record->pipeline);
    page_html_raw(out, "</section>\n");
}

void page_run_write(cnn_text *out, page_plots *plots, const page_record *record,
                    const page_insight *insight, const char *folder)
{
    page_frame_begin(out, record->title);
    page_html(out, "<header><h1>%s ", record->title);
    page_frame_badge(out, record->status);
    page_html_raw(out, "</h1><p class=\"sub\">");
    if (record->experiment)
        page_html(out, "of the experiment <b>%s</b>, in ", record->experiment);
    page_html(out, "%s</p></header>\n", record->dir);
    page_frame_notes(out, "What could not be read", record->notes, record->note_count);
    add_stop(out, record);
    add_findings(out, record);
    add_figures(out, record);
    page_frame_trouble(out, plots);
    add_learning(out, plots, record, folder);
    add_insight(out, insight);
    page_graph_show(out, plots->graph, plots->link);
    page_filters_add(out, record);
    add_environment(out, record);
    page_frame_end(out);
}
