/* train.c - `cnnrun PIPELINE.yaml`: trains, resumes, or with --dry-run only checks. */
#include "train.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/program.h"
#include "base/signal.h"
#include "base/text.h"
#include "command/request.h"
#include "engine/plan.h"
#include "programs.h"
#include "progress.h"
#include "run/callbacks.h"
#include "run/conduct.h"

/* --json: what a training of the network takes. */
static int print_sizes(const cnn_session *session, size_t threads, cnn_report *report)
{
    const cnn_network *network = session->network;
    cnn_plan *plan = cnn_plan_new(session->pipeline, network, &session->data, true, report);
    uint64_t bytes, minimum;
    if (!plan)
        return cnn_report_code(report);
    cnn_plan_memory(plan, threads, &bytes, &minimum);
    json_t *root = json_pack(
        "{s:I, s:f, s:I, s:I, s:I, s:I, s:I}", "parameters", (json_int_t)network->parameters,
        "flops_per_image", network->flops, "batch_size", (json_int_t)plan->batch_size, "threads",
        (json_int_t)threads, "activation_bytes", (json_int_t)bytes, "activation_bytes_minimum",
        (json_int_t)minimum, "survey_passes", (json_int_t)cnn_network_survey_passes(network));
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
    cnn_plan_free(plan);
    return CNN_EXIT_DONE;
}

static int dry_run(const cnn_session *session, const cnn_request *request, cnn_report *report)
{
    if (request->json)
        return print_sizes(session, cnn_session_threads(session, request->threads), report);
    cnn_text table = {0};
    cnn_network_summary(session->network, &table);
    printf("%s\n%s", session->resolved, table.data);
    cnn_text_free(&table);
    return CNN_EXIT_DONE;
}

/* ---- training ------------------------------------------------------------------------------- */

static void introduce(const cnn_session *session, const cnn_run *run, const cnn_training *t,
                      size_t threads, bool resume)
{
    const cnn_data *data = &session->data;
    cnn_print(
        stdout, "%s: %llu training images, %llu for validation%s, %llu parameters, %zu thread%s\n",
        run->dir, (unsigned long long)data->train.count, (unsigned long long)data->validation.count,
        data->has_validation ? "" : " (the test data)",
        (unsigned long long)session->network->parameters, threads, threads == 1 ? "" : "s");
    if (t->saved.any)
        printf("resumed after epoch %llu, step %llu\n", (unsigned long long)t->position.epoch,
               (unsigned long long)t->position.step);
    else if (resume)
        printf("there is no checkpoint: from the beginning\n");
    fflush(stdout);
}

/* The last lines: what the run came to, and why. The first finding of a run that diverged is its
 * error. */
static void conclude(const cnn_training *t, const cnn_run *run, const cnn_run_end *end,
                     const cnn_request *request)
{
    const cnn_findings *found = cnn_callbacks_findings(t);
    char *stopped = cnn_callbacks_stop_line(t), right[CNN_FIGURE];
    if (end->outcome == CNN_INTERRUPTED) {
        char *line = cnn_request_resume_line(request, run->dir);
        cnn_print(stdout, "interrupted in epoch %llu; go on with: %s\n",
                  (unsigned long long)t->position.epoch + 1, line);
        free(line);
    } else if (end->outcome == CNN_COMPLETED && end->test.samples)
        cnn_print(stdout, "test_loss %.4f%s  %s\n", end->test.loss,
                  cnn_progress_figure("test_accuracy", end->test.accuracy, right), run->dir);
    else if (end->outcome == CNN_COMPLETED)
        cnn_print(stdout, "completed  %s\n", run->dir);
    for (size_t i = end->outcome == CNN_DIVERGED; i < found->count; i++)
        cnn_print(stdout, "finding: %s\n", found->lines[i]);
    if (stopped && end->outcome == CNN_COMPLETED)
        cnn_print(stdout, "%s\n", stopped);
    free(stopped);
    fflush(stdout);
}

static int exit_code(const cnn_training *t, cnn_outcome outcome, cnn_report *report)
{
    if (outcome == CNN_INTERRUPTED)
        return 128 + cnn_signals_caught();
    if (outcome == CNN_DIVERGED)
        cnn_report_add(report, CNN_EXIT_DIVERGED, CNN_NOWHERE, "%s: %s", t->dir, t->message);
    return cnn_report_code(report);
}

/* Trains, and prints what there is to see. */
static int run_training(cnn_conduct *c, const cnn_run *run, const cnn_session *session,
                        const cnn_request *request, cnn_report *report)
{
    cnn_training *t = &c->training;
    cnn_progress *progress = NULL;
    const uint64_t batch = (uint64_t)t->pipeline->train.batch_size,
                   samples = session->data.train.count;
    const double done =
        (double)t->position.epoch + (double)(t->position.step * batch) / (double)samples;
    const double all =
        (double)cnn_train_steps(t) / (double)cnn_pipeline_epoch_steps(t->pipeline, samples);
    if (!request->quiet) {
        introduce(session, run, t, c->end.threads, request->resume);
        progress = cnn_progress_new(all, done, samples);
        t->observer = cnn_progress_observer(progress);
    }
    cnn_command_show_warnings(report);
    bool whole; /* it is: signals are not deferred yet, and one ends the process */
    if (!cnn_conduct_survey(c, &whole, report)) {
        cnn_progress_free(progress);
        return cnn_report_code(report);
    }
    cnn_signals_defer();
    cnn_conduct_train(c, session, run, report);
    cnn_progress_free(progress);
    if (request->profile)
        printf("%s", c->profile.data);
    if (!request->quiet && c->written)
        conclude(t, run, &c->end, request);
    return exit_code(t, c->end.outcome, report);
}

static int train_in(const cnn_run *run, cnn_session *session, const cnn_request *request,
                    cnn_report *report)
{
    const cnn_begin begin = {.resume = request->resume,
                             .mode = request->forced   ? CNN_RESUME_FORCED
                                     : request->strict ? CNN_RESUME_STRICT
                                                       : CNN_RESUME,
                             .threads = cnn_session_threads(session, request->threads),
                             .stop = cnn_signals_stop()};
    cnn_conduct conduct;
    const bool begun = cnn_conduct_begin(&conduct, session, run, &begin, report);
    const int code =
        begun ? run_training(&conduct, run, session, request, report) : cnn_report_code(report);
    cnn_conduct_end(&conduct);
    return code;
}

static int refuse_options(const cnn_request *request, cnn_report *report)
{
    cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                   "--only and --jobs are for experiments, and %s names no runs", request->file);
    return CNN_EXIT_USAGE;
}

/* What --resume --out DIR would go on with. */
typedef struct holding {
    bool experiment, run;
} holding;

static bool look_at_folder(const cnn_request *request, holding *holds, cnn_report *report)
{
    *holds = (holding){false, false};
    if (!request->resume || !request->out)
        return true;
    char *experiment = cnn_path_join(request->out, CNN_RUN_EXPERIMENT),
         *run = cnn_path_join(request->out, CNN_RUN_PIPELINE);
    const bool good =
        cnn_file_look(experiment, &holds->experiment, "cannot be read", CNN_EXIT_OUTPUT, report) &&
        cnn_file_look(run, &holds->run, "cannot be read", CNN_EXIT_OUTPUT, report);
    free(experiment);
    free(run);
    return good;
}

/* --resume --out DIR: an experiment goes on in the folder of one, and a run in that of a run. */
static bool fits_folder(const cnn_request *request, const holding *holds, cnn_file_kind kind,
                        cnn_report *report)
{
    const char *path = request->file, *dir = request->out;
    if (holds->experiment && kind == CNN_FILE_PIPELINE)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s is the folder of an experiment, and %s is a pipeline; to go on "
                              "with it, give the experiment's file",
                              dir, path);
    if (holds->run && !holds->experiment && kind == CNN_FILE_EXPERIMENT)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s is the folder of a run, and %s is an experiment; to go on with "
                              "it, give the run's pipeline",
                              dir, path);
    return true;
}

/* Becomes the command that runs experiments, with the same words. */
static int become_experiment(const cnn_call *call, cnn_report *report)
{
    char *path = cnn_file_command("experiment");
    size_t count = 0;
    if (!path) {
        cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                       "%s is an experiment, and the command experiment is not installed; it is "
                       "built by make",
                       call->arguments[0]);
        return CNN_EXIT_SYSTEM;
    }
    while (call->words[count])
        count++;
    char **arguments = cnn_alloc(count + 2, sizeof *arguments);
    arguments[0] = cnn_strdup(call->program);
    memcpy(arguments + 1, call->words, count * sizeof *arguments);
    const int code = cnn_programs_become(path, arguments, report);
    free(arguments[0]);
    free(arguments);
    free(path);
    return code;
}

static int train(const cnn_request *request, cnn_report *report)
{
    const cnn_session_options options = {.plugin_paths = request->plugin_paths.items,
                                         .plugin_path_count = request->plugin_paths.count,
                                         .settings = request->settings};
    cnn_session session;
    cnn_run run = {.lock = -1};
    int code;
    if (!request->dry_run && !cnn_signals_catch(report))
        return cnn_report_code(report);
    if (!cnn_session_open(&session, request->file, &options, report))
        code = cnn_report_code(report);
    else if (request->only.count || request->jobs)
        code = refuse_options(request, report);
    else if (request->dry_run)
        code = dry_run(&session, request, report);
    else if (request->resume ? !cnn_run_find(&run, request->out, session.pipeline->name,
                                             &cnn_folder_of_run, report)
                             : !cnn_run_create(&run, request->out, session.pipeline->name, report))
        code = cnn_report_code(report);
    else
        code = train_in(&run, &session, request, report);
    cnn_session_close(&session);
    if (run.dir && !request->dry_run && (code == CNN_EXIT_DONE || code == CNN_EXIT_DIVERGED)) {
        cnn_request_write_page(request, run.dir, report);
        if (!cnn_run_check(&run, &cnn_folder_of_run, report)) /* the page shows what there is */
            code = CNN_EXIT_OUTPUT;
    }
    cnn_run_close(&run);
    return code;
}

int cnn_train_run(const cnn_call *call, cnn_report *report)
{
    cnn_request request;
    cnn_report why = {0};
    int code = cnn_request_take(&request, call);
    if (!request.dry_run)
        cnn_command_output_is_no_result();
    if (code == CNN_EXIT_DONE) {
        const cnn_file_kind kind = cnn_experiment_look(request.file, &why);
        holding holds;
        const bool known = look_at_folder(&request, &holds, report);
        if (kind == CNN_FILE_UNREADABLE && !holds.experiment)
            cnn_report_merge(report, &why);
        if (!known || report->errors || !fits_folder(&request, &holds, kind, report))
            code = cnn_report_code(report);
        else if (kind == CNN_FILE_EXPERIMENT || holds.experiment)
            code = become_experiment(call, report);
        else
            code = train(&request, report);
    }
    cnn_report_free(&why);
    cnn_request_free(&request);
    return code;
}
