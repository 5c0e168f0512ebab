/* group_table.c - the table of several runs, with their names and how they ended. */
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "report/html.h"
#include "report/origin.h"
#include "report/sections.h"

static const struct column {
    const char *name;
    page_figure *figure;
    int decimals;
} columns[] = {
    {"Best accuracy", page_figure_best_accuracy, 4},
    {"Final accuracy", page_figure_final_accuracy, 4},
    {"Best loss", page_figure_best_loss, 4},
    {"Final loss", page_figure_final_loss, 4},
    {"Test accuracy", page_figure_test_accuracy, 4},
    {"Epochs to 95 %", page_figure_to_95, 0},
    {"Epochs to 98 %", page_figure_to_98, 0},
    {"Seconds", page_figure_seconds, 1},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

/* The test's accuracy says something new only where validation is not on the test data. */
static bool is_shown(const page_groups *groups, const struct column *c)
{
    if (c->figure != page_figure_test_accuracy)
        return true;
    for (size_t g = 0; g < groups->count; g++)
        for (size_t m = 0; m < groups->groups[g].count; m++)
            if (groups->groups[g].members[m].validation_known &&
                !groups->groups[g].members[m].validates_on_test)
                return true;
    return false;
}

static void add_cell(cnn_text *out, const page_group *group, const struct column *c)
{
    const page_mean m = page_group_mean(group, c->figure);
    if (isnan(m.mean))
        page_html(out, "<td data-h=\"%s\" data-v=\"\"><span>", c->name);
    else
        cnn_text_add(out, "<td data-h=\"%s\" data-v=\"%.9g\"><span>", c->name, m.mean);
    page_html_number(out, m.mean, c->decimals + (c->decimals == 0 && m.count > 1));
    if (m.count > 1) {
        page_html_raw(out, " <small>± ");
        cnn_text_add(out, m.deviation < 1e6 ? "%.*f" : "%.*g", c->decimals ? c->decimals : 1,
                     m.deviation);
        page_html_raw(out, "</small>");
    }
    if (m.count > 0 && m.count < group->count)
        page_html(out, " <small>(%zu of %zu)</small>", m.count, group->count);
    page_html_raw(out, "</span></td>");
}

/* A member's name, as a link to the page that it wrote itself if that lies below this one. */
static void add_link(cnn_text *out, const page_record *member, const char *folder, const char *name)
{
    char *page = cnn_path_join(member->dir, CNN_RUN_PAGE);
    if (!page_origin_link(out, folder, page, name))
        page_html(out, "%s", name);
    free(page);
}

void page_group_name(cnn_text *out, const page_group *group, const char *folder)
{
    if (group->count == 1) {
        add_link(out, &group->members[0], folder, group->name);
        return;
    }
    page_html(out, "%s", group->name);
    if (group->count)
        page_html_raw(out, " <small>seeds");
    for (size_t m = 0; m < group->count; m++) {
        page_html_raw(out, " ");
        add_link(out, &group->members[m], folder, group->members[m].label);
    }
    if (group->count)
        page_html_raw(out, "</small>");
}

void page_group_badge(cnn_text *out, const page_group *group)
{
    char *status = page_group_status(group);
    page_frame_badge(out, status);
    free(status);
}

void page_groups_list(cnn_text *out, const page_groups *groups, page_group_test *meant, bool counts,
                      const char *before, const char *after)
{
    const char *separator = before;
    for (size_t g = 0; g < groups->count; g++) {
        const page_group *group = &groups->groups[g];
        if (!meant(group))
            continue;
        page_html_raw(out, separator);
        page_html(out, "%s", group->name);
        if (counts)
            page_html(out, " (%zu of %zu)", group->completed, group->count);
        separator = ", ";
    }
    page_html_raw(out, separator == before ? "" : after);
}

static bool has_partly_completed(const page_group *group)
{
    return group->completed > 0 && group->completed < group->count;
}

static bool has_not_completed(const page_group *group)
{
    return group->completed == 0 && group->count > 1;
}

void page_groups_table(cnn_text *out, const page_groups *groups, const char *folder)
{
    bool repeated = false;
    page_html_raw(out, "<section><h2>Results</h2>\n<div class=\"scroll\"><table class=\"data "
                       "sortable cards\"><thead><tr>"
                       "<th>Run</th><th class=\"text\">Status</th>");
    for (size_t c = 0; c < COLUMNS; c++)
        if (is_shown(groups, &columns[c]))
            page_html(out, "<th>%s</th>", columns[c].name);
    page_html_raw(out, "</tr></thead><tbody>\n");
    for (size_t g = 0; g < groups->count; g++) {
        const page_group *group = &groups->groups[g];
        repeated |= group->count > 1;
        page_html_raw(out, "<tr><th scope=\"row\">");
        page_group_name(out, group, folder);
        page_html(out, "</th><td class=\"text\" data-h=\"Status\">");
        page_group_badge(out, group);
        page_html_raw(out, "</td>");
        for (size_t c = 0; c < COLUMNS; c++)
            if (is_shown(groups, &columns[c]))
                add_cell(out, group, &columns[c]);
        page_html_raw(out, "</tr>\n");
    }
    page_html_raw(out, "</tbody></table></div>\n<p class=\"note\">Accuracy and loss are those of "
                       "validation. A click on a "
                       "column's head sorts.");
    if (repeated)
        page_html_raw(out, " Where a run was repeated: mean ± standard deviation over the seeds "
                           "that have the figure.");
    page_groups_list(out, groups, has_partly_completed, true,
                     " Where seeds have completed, only they count: ", ".");
    page_groups_list(out, groups, has_not_completed, false,
                     " Where no seed has completed, each counts as far as it got: ", ".");
    page_html_raw(out,
                  " Losses of different loss functions are on different scales.</p></section>\n");
}
