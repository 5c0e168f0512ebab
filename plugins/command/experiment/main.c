/* main.c - the command experiment: what it says before, after and instead of the trainings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/signal.h"
#include "base/text.h"
#include "experiment/board.h"
#include "experiment/causes.h"
#include "experiment/means.h"
#include "experiment/setup.h"

/* ---- --dry-run ------------------------------------------------------------------------------- */

/* What --dry-run shows. */
typedef struct show {
    const cnn_request *request;
    cnn_text text;
} show;

static void show_run(void *context, const cnn_experiment *e, size_t run, const cnnrun_facts *facts)
{
    show *s = context;
    cnn_text *text = &s->text;
    if (!cnn_setup_selects(s->request, e->runs->keys[run]->text))
        return;
    cnn_text_add(text, "%-20s seed %lld", e->runs->keys[run]->text, (long long)facts->seed);
    if (e->repeat > 1)
        cnn_text_add(text, " to %lld", (long long)(facts->seed + e->repeat - 1));
    const bool cut = facts->steps % facts->steps_per_epoch != 0;
    const unsigned long long length = cut ? facts->steps : facts->epochs;
    cnn_text_add(text, ", %llu %s%s, %llu parameters, loss %s, optimizer %s\n", length,
                 cut ? "step" : "epoch", length == 1 ? "" : "s",
                 (unsigned long long)facts->parameters, facts->loss, facts->optimizer);
}

static bool dry_run(cnn_board *b, cnn_report *report)
{
    show s = {.request = b->request};
    const bool good =
        cnn_setup_check_only(b, report) &&
        cnn_experiment_resolve(&b->experiment, NULL, &b->options, show_run, &s, report);
    if (good)
        cnn_print(stdout, "%s", s.text.data);
    cnn_text_free(&s.text);
    return good;
}

/* ---- a run of it ----------------------------------------------------------------------------- */

/* "runs/losses-001: 6 of 27 trainings" */
static void introduce(cnn_board *b)
{
    const size_t count = b->experiment.trial_count;
    size_t selected = 0, left = 0;
    for (size_t t = 0; t < count; t++) {
        selected += b->standings[t].selected;
        left += cnn_board_is_open(b, t);
    }
    if (!left)
        cnn_print(stdout, "%s: all %zu trainings have ended already\n", b->run.dir, selected);
    else if (selected < count)
        cnn_print(stdout, "%s: %zu of %zu trainings\n", b->run.dir, selected, count);
    else
        cnn_print(stdout, "%s: %zu training%s\n", b->run.dir, count, count == 1 ? "" : "s");
    cnn_table_begin(&b->table, &b->experiment);
}

/* The last lines: causes, table, and what to look at or to type next. */
static void conclude(cnn_board *b, cnn_report *report)
{
    const bool quiet = b->request->quiet;
    if (!quiet) {
        printf("\n");
        if (cnn_causes_print(&b->run, &b->experiment, b->standings))
            printf("\n");
        cnn_means_print(&b->experiment, b->standings);
    }
    const bool page =
        !cnn_signals_caught() && cnn_request_write_page(b->request, b->run.dir, report);
    if (!quiet && page)
        cnn_print(stdout, "%s/" CNN_RUN_PAGE "  %s/" CNN_RUN_RESULTS "\n", b->run.dir, b->run.dir);
    else if (!quiet)
        cnn_print(stdout, "%s/" CNN_RUN_RESULTS "\n", b->run.dir);
    if (!quiet && cnn_signals_caught()) {
        char *line = cnn_request_resume_line(b->request, b->run.dir);
        cnn_print(stdout, "interrupted; go on with: %s\n", line);
        free(line);
    }
    fflush(stdout);
}

static int conduct(cnn_board *b, cnn_report *report)
{
    cnn_command_show_warnings(report);
    if (!b->request->quiet)
        introduce(b);
    cnn_board_run(b, report);
    cnn_standing_write(&b->run, &b->experiment, b->standings, report);
    conclude(b, report);
    (void)(cnn_signals_caught() ||
           cnn_run_check(&b->run, &cnn_setup_folder, report)); /* a fault is in the report */
    if (cnn_signals_caught())
        return 128 + cnn_signals_caught();
    return report->errors ? cnn_report_code(report) : b->failed ? CNN_EXIT_RUNS : CNN_EXIT_DONE;
}

static int run_experiment(const cnn_request *request, cnn_report *report)
{
    cnn_board b = {.request = request,
                   .options = {.struct_size = sizeof b.options,
                               .plugin_paths = request->plugin_paths.items,
                               .plugin_path_count = request->plugin_paths.count},
                   .run = {.lock = -1}};
    cnn_report ignored = {0};
    if (request->profile || request->json) {
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       "--%s is for one training, and %s is an experiment",
                       request->profile ? "profile" : "json", request->file);
        return CNN_EXIT_USAGE;
    }
    if (!request->dry_run && !cnn_signals_catch(report))
        return cnn_report_code(report);
    /* One that is resumed does not need its file, but where the name says which one is meant. */
    const bool elsewhere = request->resume && request->out && !request->dry_run;
    bool good = cnn_experiment_read(&b.experiment, request->file, &request->settings,
                                    elsewhere ? &ignored : report);
    if (elsewhere || good)
        good = request->dry_run ? dry_run(&b, report)
               : request->resume
                   ? cnn_setup_reopen(&b, report) && cnn_setup_check_only(&b, report) &&
                         cnn_setup_trials(&b, report)
                   : cnn_setup_check_only(&b, report) && cnn_setup_create(&b, report) &&
                         cnn_setup_trials(&b, report);
    const int code = good && !request->dry_run ? conduct(&b, report) : cnn_report_code(report);
    for (size_t t = 0; b.children && t < b.experiment.trial_count; t++)
        free(b.children[t].dir);
    free(b.children);
    cnn_standing_free(b.standings, b.experiment.trial_count);
    cnn_run_close(&b.run);
    cnn_experiment_close(&b.experiment);
    cnn_report_free(&ignored);
    return code;
}

static int run(const cnn_call *call, cnn_report *report)
{
    cnn_request request;
    int code = cnn_request_take(&request, call);
    cnnrun_name_crashes();
    if (!request.dry_run)
        cnn_command_output_is_no_result();
    if (code == CNN_EXIT_DONE)
        code = run_experiment(&request, report);
    cnn_request_free(&request);
    return code;
}

int main(int count, char **arguments)
{
    static const cnn_command command = {
        .name = "experiment",
        .usage = "usage: cnnrun experiment FILE.yaml [options]\n"
                 "                                          run an experiment, as cnnrun FILE.yaml "
                 "does",
        .options = cnn_request_options,
        .min = 1,
        .max = 1,
        .takes = "the file of an experiment",
        .run = run,
    };
    return cnn_command_main(&command, count, arguments);
}
