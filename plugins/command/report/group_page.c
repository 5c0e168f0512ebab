/* group_page.c - the page of several runs: a table, all curves, bars, and each run in small. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/html.h"
#include "report/sections.h"

#define FULLEST_PAGE (4u << 20) /* bytes; matrices beyond are left out */
#define MOST_FINDINGS 20u
#define OPEN_FINDINGS 3u
#define CURVES_OF_ALL 4u
#define PLOTS_OF_ALL 6u /* as page_groups_plots adds them */

/* ---- all runs ------------------------------------------------------------------------------- */

/* Seeds of which a mean is that ended at different epochs. */
static bool differ_in_length(const page_group *group)
{
    const page_record *first = NULL;
    for (size_t m = 0; m < group->count; m++) {
        const page_record *member = &group->members[m];
        if (!page_group_counts(group, member))
            continue;
        if (first && first->row_count != member->row_count)
            return true;
        first = member;
    }
    return false;
}

static void add_all(cnn_text *out, page_plots *plots, const page_groups *groups)
{
    const page_plot *curves = plots->plots[0];
    page_html_raw(out, "<section><h2>All learning curves</h2>\n<ul class=\"legend\">\n");
    for (size_t g = 0; g < groups->count; g++) {
        page_html_raw(out, "<li>");
        page_plot_swatch(out, curves, &curves->curves[g]);
        page_html(out, "%s</li>\n", groups->groups[g].name);
    }
    page_html_raw(out, "</ul>\n<div class=\"plots\">\n");
    for (size_t i = 0; i < PLOTS_OF_ALL; i++) {
        if (i == CURVES_OF_ALL) {
            page_html_raw(out, "</div>");
            page_groups_list(out, groups, differ_in_length, false,
                             "<p class=\"note\">At later epochs the mean is only over the seeds "
                             "that got there: ",
                             ".</p>");
            page_html_raw(out, "</section>\n<section><h2>At the end of training</h2>\n"
                               "<div class=\"plots\">\n");
        }
        page_plot_show(out, plots, plots->plots[i]);
    }
    page_html_raw(out, "</div></section>\n");
}

/* ---- each run ------------------------------------------------------------------------------- */

static const char *finding(const page_record *record, size_t i)
{
    return json_string_value(json_array_get(json_object_get(record->summary, CNN_KEY_FINDINGS), i));
}

static bool says(const page_record *record, const char *sentence)
{
    for (size_t i = 0; i < MOST_FINDINGS; i++)
        if (finding(record, i) && strcmp(finding(record, i), sentence) == 0)
            return true;
    return false;
}

/* A finding, once for all seeds that share it; false if an earlier member has said it. */
static bool add_finding(cnn_text *out, const page_group *group, size_t first, const char *sentence)
{
    const char *separator = " <small>(seed ";
    for (size_t m = 0; m < first; m++)
        if (says(&group->members[m], sentence))
            return false;
    page_html(out, "<li>%s", sentence);
    for (size_t m = first; m < group->count && group->count > 1; m++)
        if (says(&group->members[m], sentence)) {
            page_html_raw(out, separator);
            page_html(out, "%s", group->members[m].label);
            separator = ", ";
        }
    page_html_raw(out, group->count > 1 ? ")</small></li>\n" : "</li>\n");
    return true;
}

/* What could not be read, then findings; all but the first few are to be unfolded. */
static void add_sentences(cnn_text *out, const page_group *group)
{
    size_t shown = 0;
    page_html_raw(out, "<ul class=\"note\">");
    for (size_t m = 0; m < group->count; m++)
        for (size_t i = 0; i < group->members[m].note_count; i++)
            page_html(out, "<li>%s%s%s</li>\n", group->count > 1 ? group->members[m].label : "",
                      group->count > 1 ? ": " : "", group->members[m].notes[i]);
    for (size_t m = 0; m < group->count; m++)
        for (size_t i = 0; i < MOST_FINDINGS; i++) {
            const char *sentence = finding(&group->members[m], i);
            if (sentence && add_finding(out, group, m, sentence) && ++shown == OPEN_FINDINGS)
                page_html_raw(out, "</ul><details><summary>More findings</summary>"
                                   "<ul class=\"note\">");
        }
    page_html_raw(out, shown < OPEN_FINDINGS ? "</ul>\n" : "</ul></details>\n");
}

/* Summed over the seeds that have one of the same size. */
static void add_confusion(cnn_text *out, const page_group *group)
{
    uint64_t *sum = NULL;
    size_t classes = 0, seeds = 0;
    for (size_t m = 0; m < group->count; m++) {
        size_t own = 0;
        uint64_t *confusion = page_record_confusion(&group->members[m], &own);
        if (confusion && (!sum || own == classes) && page_group_counts(group, &group->members[m]) &&
            page_scores_total(confusion, own) > 0) {
            sum = sum ? sum : cnn_alloc(own * own, sizeof *sum);
            classes = own;
            seeds++;
            for (size_t i = 0; i < own * own; i++)
                sum[i] += confusion[i];
        }
        free(confusion);
    }
    if (!sum)
        return;
    page_html(out, "<details><summary>Confusion matrix");
    if (seeds > 1)
        page_html(out, ", summed over %zu seeds", seeds);
    page_html_raw(out, "</summary>\n");
    page_matrix_add(out, sum, classes);
    page_html_raw(out, "</details>\n");
    free(sum);
}

static void add_each(cnn_text *out, page_plots *plots, const page_groups *groups,
                     const char *folder)
{
    page_html_raw(out, "<section class=\"long\"><h2>Each run</h2>\n<p class=\"note\" "
                       "style=\"margin:-8px 0 16px\">Dashed "
                       "blue: training, with dropout on. Orange: validation. A line a "
                       "seed.</p>\n<div class=\"many\">\n");
    for (size_t g = 0; g < groups->count; g++) {
        const page_group *group = &groups->groups[g];
        page_html_raw(out, "<div class=\"one\"><h3>");
        page_group_name(out, group, folder);
        page_html_raw(out, " ");
        page_group_badge(out, group);
        page_html_raw(out, "</h3><div class=\"plots\">\n");
        for (size_t i = 0; i < 2; i++)
            page_plot_show(out, plots, plots->plots[PLOTS_OF_ALL + 2 * g + i]);
        page_html_raw(out, "</div>\n");
        add_sentences(out, group);
        if (out->length < FULLEST_PAGE)
            add_confusion(out, group);
        page_html_raw(out, "</div>\n");
    }
    page_html_raw(out, "</div></section>\n");
}

static void add_head(cnn_text *out, const page_groups *groups, const char *title)
{
    size_t trainings = 0, on_test = 0;
    for (size_t g = 0; g < groups->count; g++)
        for (size_t m = 0; m < groups->groups[g].count; m++) {
            trainings++;
            on_test += groups->groups[g].members[m].validates_on_test;
        }
    page_frame_begin(out, title);
    page_html(out, "<header><h1>%s</h1><p class=\"sub\">%zu runs, %zu trainings", title,
              groups->count, trainings);
    if (on_test)
        page_html(out,
                  "; validation %sis measured on the test data, where a pipeline names no "
                  "validation data",
                  on_test < trainings ? "of some " : "");
    page_html_raw(out, "</p></header>\n");
}

/* The experiment's file and its data. */
static void add_source(cnn_text *out, const page_groups *groups, const char *folder)
{
    page_html_raw(out, "<section>");
    page_frame_source(out, "The experiment as it was begun", groups->source);
    page_html_raw(out, "<p class=\"note\">");
    page_frame_data(out, folder, groups->dir, CNN_RUN_RESULTS);
    page_html_raw(out, "</p></section>\n");
}

void page_groups_write(cnn_text *out, page_plots *plots, const page_groups *groups,
                       const char *title, const char *folder)
{
    add_head(out, groups, title);
    page_frame_notes(out, "What could not be read", groups->notes, groups->note_count);
    page_frame_trouble(out, plots);
    page_groups_table(out, groups, folder);
    add_all(out, plots, groups);
    add_each(out, plots, groups, folder);
    if (groups->source)
        add_source(out, groups, folder);
    page_frame_end(out);
}
