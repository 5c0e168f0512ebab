/* main.c - `cnnrun report DIR...`: writes the page of a run, an experiment, or several of them.
 *
 * Run by cnnrun itself, too, when a training or an experiment has ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "command/command.h"
#include "record/checkpoint.h"
#include "record/folder.h"
#include "report/graph.h"
#include "report/html.h"
#include "report/origin.h"
#include "report/sections.h"

#define PAGE "report.html"

typedef struct request {
    const char *out;
    const char *const *dirs;
    size_t count;
    bool quiet;
    cnnrun_options options; /* by which the run is opened */
} request;

/* Where page and plots go: beside the run, or the current folder for several. */
typedef struct place {
    char *page, *folder, *link;
} place;

static place find_place(const request *r, page_plots *plots)
{
    place p;
    p.page = r->out          ? cnn_strdup(r->out)
             : r->count == 1 ? cnn_path_join(r->dirs[0], PAGE)
                             : cnn_strdup(PAGE);
    const char *slash = strrchr(p.page, '/'), *name = slash ? slash + 1 : p.page;
    const char *dot = strrchr(name, '.');
    const int stem = (int)(dot && dot != name ? dot - name : (ptrdiff_t)strlen(name));
    p.folder = slash ? cnn_format("%.*s", (int)(name - p.page), p.page) : cnn_strdup(".");
    p.link = strcmp(name, PAGE) == 0 ? cnn_strdup("plots") : cnn_format("%.*s-plots", stem, name);
    plots->dir = cnn_path_join(p.folder, p.link);
    plots->link = p.link;
    return p;
}

/* What a page lacks is said on it, and to whoever had it written: what is wrong may pass. */
static void warn_of_plots(const page_plots *plots, cnn_report *report)
{
    if (plots->trouble && !plots->missing)
        cnn_report_add(report, 0, CNN_NOWHERE, "%s: plots are missing: %s", plots->dir,
                       plots->trouble);
    if (plots->graph && plots->graph->trouble && !plots->graph->missing)
        cnn_report_add(report, 0, CNN_NOWHERE, "%s: the network is not drawn: %s", plots->dir,
                       plots->graph->trouble);
}

/* Plots that were drawn before are better than empty ones. */
static bool draw_run(page_plots *plots, const page_record *record, cnn_report *report)
{
    if (record->metrics_unread) {
        plots->trouble = cnn_strdup("metrics.csv cannot be read");
        return true;
    }
    page_run_plots(plots, record);
    return page_plots_draw(plots, report);
}

/* The network is that of the run that was opened for its mistakes. */
static void write_run(cnn_text *out, page_plots *plots, const request *r, const char *folder,
                      cnn_report *report)
{
    page_record record;
    page_insight insight;
    page_graph graph;
    page_record_read(&record, r->dirs[0]);
    const bool gained = page_insight_gain(&insight, &record, &r->options, report);
    if (!insight.run && record.completed && cnn_run_has(record.dir, CNN_CHECKPOINT))
        cnn_report_add(report, 0, CNN_NOWHERE, "%s: its page has neither network nor mistakes: %s",
                       record.dir, insight.trouble);
    page_graph_take(&graph, cnnrun_run_pipeline(insight.run));
    plots->graph = &graph;
    if (gained && draw_run(plots, &record, report)) {
        page_run_write(out, plots, &record, &insight, folder);
        warn_of_plots(plots, report);
    }
    cnn_report_merge(report, &record.unread);
    plots->graph = NULL;
    page_graph_free(&graph);
    page_insight_free(&insight);
    page_record_free(&record);
}

static void write_groups(cnn_text *out, page_plots *plots, const request *r, const char *folder,
                         cnn_report *report)
{
    page_groups groups = {0};
    cnn_report found = {0};
    char *title;
    for (size_t i = 0; i < r->count; i++)
        (page_record_is_run(r->dirs[i]) ? page_groups_add_run
                                        : page_groups_add_experiment)(&groups, r->dirs[i]);
    if (r->count == 1) {
        groups.dir = r->dirs[0];
        title = page_origin_experiment(groups.dir, &groups.source, &found);
    } else {
        title = cnn_format("%zu runs compared", groups.count);
        page_groups_name(&groups);
    }
    page_groups_note(&groups, &found);
    page_groups_plots(plots, &groups);
    if (page_plots_draw(plots, report))
        page_groups_write(out, plots, &groups, title, folder);
    warn_of_plots(plots, report);
    for (size_t g = 0; g < groups.count; g++)
        for (size_t m = 0; m < groups.groups[g].count; m++)
            cnn_report_merge(report, &groups.groups[g].members[m].unread);
    free(title);
    page_groups_free(&groups);
}

static bool check_folders(const request *r, cnn_report *report)
{
    for (size_t i = 0; i < r->count; i++) {
        cnn_report found = {0};
        const bool good =
            page_record_is_run(r->dirs[i]) || page_groups_is_experiment(r->dirs[i], &found);
        if (!good && found.errors)
            cnn_report_merge(report, &found);
        else if (!good)
            cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                           "%s: there is neither a run nor an experiment; give the folder of one",
                           r->dirs[i]);
        cnn_report_free(&found);
    }
    return report->errors == 0;
}

static int write_page(request *r, cnn_report *report)
{
    page_plots plots = {0};
    cnn_text out = {0};
    if (!check_folders(r, report))
        return cnn_report_code(report);
    const place p = find_place(r, &plots);
    if (r->count == 1 && page_record_is_run(r->dirs[0]))
        write_run(&out, &plots, r, p.folder, report);
    else
        write_groups(&out, &plots, r, p.folder, report);
    const cnn_piece piece = {out.data, out.length};
    if (out.data && cnn_file_write(p.page, NULL, &piece, 1, report) && !r->quiet)
        cnn_print(stdout, "%s\n", p.page);
    cnn_text_free(&out);
    page_plots_free(&plots);
    free(p.page);
    free(p.folder);
    free(p.link);
    return cnn_report_code(report);
}

static struct given {
    const char *out;
    cnn_words plugin_path;
    cnn_integer threads;
    bool quiet;
} given;

static const cnn_option options[] = {
    {NULL, 'o', CNN_OPTION_TEXT, "FILE.html", &given.out, 0, 0,
     "the page (default: report.html in the folder, or here for several)"},
    {"threads", 0, CNN_OPTION_INTEGER, "N", &given.threads, 1, 1024,
     "worker threads (default: the CPUs allowed); does not change results"},
    {"plugin-path", 0, CNN_OPTION_WORDS, "DIR", &given.plugin_path, 0, 0,
     "look for plugins here first; repeatable"},
    {"quiet", 0, CNN_OPTION_FLAG, NULL, &given.quiet, 0, 0, "print errors and warnings only"},
    {0},
};

static int run(const cnn_call *call, cnn_report *report)
{
    request r = {.out = given.out,
                 .dirs = call->arguments,
                 .count = call->count,
                 .quiet = given.quiet,
                 .options = {.struct_size = sizeof r.options,
                             .plugin_paths = given.plugin_path.items,
                             .plugin_path_count = given.plugin_path.count,
                             .threads = (uint64_t)given.threads.value}};
    const int code = write_page(&r, report);
    cnn_words_free(&given.plugin_path);
    return code;
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "report",
        .usage = "usage: cnnrun report RUN_DIR... [-o FILE.html]\n"
                 "                                          one page: curves, tables, confusion "
                 "matrices",
        .options = options,
        .min = 1,
        .max = SIZE_MAX,
        .takes = "folders of runs or of an experiment",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
