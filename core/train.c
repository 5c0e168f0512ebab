/* train.c - `cnnrun PIPELINE.yaml`: trains, resumes, or with --dry-run only checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signal.h"
#include "base/text.h"
#include "command.h"
#include "experiment/file.h"
#include "progress.h"
#include "run/conduct.h"

static int dry_run(const cnn_session *session)
{
    cnn_text table = {0};
    cnn_network_summary(session->network, &table);
    printf("%s\n%s", session->resolved, table.data);
    cnn_text_free(&table);
    return CNN_EXIT_DONE;
}

/* ---- resuming ------------------------------------------------------------------------------- */

static void add_option(cnn_text *line, const char *option, const char *value)
{
    cnn_text_add(line, " %s ", option);
    cnn_text_add_words(line, (const char *const[]){value, NULL});
}

char *cnn_command_resume_line(const cnn_options *options, const char *dir)
{
    const cnn_session_options *session = &options->session;
    cnn_text line = {0};
    cnn_text_add_words(&line, (const char *const[]){options->program, options->arguments[0], NULL});
    for (size_t i = 0; i < session->assignment_count; i++) {
        const char *assignment = session->assignments[i];
        if (i < session->assignment_count - session->late_count)
            add_option(&line, "--set", assignment);
        else
            add_option(&line, *assignment == 's' ? "--seed" : "--epochs",
                       strchr(assignment, '=') + 1);
    }
    for (size_t i = 0; i < session->plugin_path_count; i++)
        add_option(&line, "--plugin-path", session->plugin_paths[i]);
    for (size_t i = 0; i < options->only_count; i++)
        add_option(&line, "--only", options->only[i]);
    if (options->jobs)
        cnn_text_add(&line, " --jobs %zu", options->jobs);
    if (options->threads)
        cnn_text_add(&line, " --threads %zu", options->threads);
    cnn_text_add(&line, " --resume");
    add_option(&line, "--out", dir);
    return line.data;
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
                     const cnn_options *options)
{
    const double samples = (double)end->test.samples;
    if (end->outcome == CNN_INTERRUPTED) {
        char *line = cnn_command_resume_line(options, run->dir);
        cnn_print(stdout, "interrupted in epoch %llu; go on with: %s\n",
                  (unsigned long long)t->position.epoch + 1, line);
        free(line);
    } else if (end->outcome == CNN_COMPLETED && end->test.samples)
        cnn_print(stdout, "test_loss %.4f  test_accuracy %.4f  %s\n",
                  cnn_unsigned_nan(end->test.loss / samples), (double)end->test.correct / samples,
                  run->dir);
    else if (end->outcome == CNN_COMPLETED)
        cnn_print(stdout, "completed  %s\n", run->dir);
    for (size_t i = end->outcome == CNN_DIVERGED; i < end->findings->count; i++)
        cnn_print(stdout, "finding: %s\n", end->findings->lines[i]);
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
                        const cnn_options *options, cnn_report *report)
{
    cnn_training *t = &c->training;
    cnn_progress *progress = NULL;
    const uint64_t batch = (uint64_t)t->pipeline->train.batch_size,
                   samples = session->data.train.count;
    const double done =
        (double)t->position.epoch + (double)(t->position.step * batch) / (double)samples;
    if (!options->quiet) {
        introduce(session, run, t, c->end.threads, options->resume);
        progress = cnn_progress_new((uint64_t)t->pipeline->train.epochs, done, samples);
        t->observer = cnn_progress_observer(progress);
    }
    cnn_command_show_warnings(report);
    cnn_signals_defer();
    cnn_conduct_train(c, session, run, report);
    cnn_progress_free(progress);
    if (options->profile)
        printf("%s", c->profile.data);
    if (!options->quiet && c->written)
        conclude(t, run, &c->end, options);
    return exit_code(t, c->end.outcome, report);
}

static int train_in(const cnn_run *run, cnn_session *session, const cnn_options *options,
                    cnn_report *report)
{
    const cnn_begin begin = {.resume = options->resume,
                             .mode = options->resume_mode,
                             .threads = cnn_session_threads(session, options->threads),
                             .stop = cnn_signals_stop()};
    cnn_conduct conduct;
    const bool begun = cnn_conduct_begin(&conduct, session, run, &begin, report);
    const int code =
        begun ? run_training(&conduct, run, session, options, report) : cnn_report_code(report);
    cnn_conduct_end(&conduct);
    return code;
}

static int refuse_options(const cnn_options *options, cnn_report *report)
{
    cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                   "--only and --jobs are for experiments, and %s names no runs",
                   options->arguments[0]);
    return CNN_EXIT_USAGE;
}

static bool resumes_experiment(const cnn_options *options)
{
    return options->resume && options->out && cnn_run_has(options->out, CNN_RUN_EXPERIMENT);
}

/* --resume --out DIR: an experiment goes on in the folder of one, and a run in that of a run. */
static bool fits_folder(const cnn_options *options, cnn_file_kind kind, cnn_report *report)
{
    const char *path = options->arguments[0], *dir = options->out;
    if (resumes_experiment(options) && kind == CNN_FILE_PIPELINE)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s is the folder of an experiment, and %s is a pipeline; to go on "
                              "with it, give the experiment's file",
                              dir, path);
    if (options->resume && dir && !resumes_experiment(options) &&
        cnn_run_has(dir, CNN_RUN_PIPELINE) && kind == CNN_FILE_EXPERIMENT)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s is the folder of a run, and %s is an experiment; to go on with "
                              "it, give the run's pipeline",
                              dir, path);
    return true;
}

int cnn_command_train(const cnn_options *options, cnn_report *report)
{
    cnn_session session;
    cnn_run run = {.lock = -1};
    cnn_report why = {0};
    const cnn_file_kind kind = cnn_experiment_look(options->arguments[0], &why);
    int code;
    if (kind == CNN_FILE_UNREADABLE && !resumes_experiment(options))
        cnn_report_merge(report, &why);
    cnn_report_free(&why);
    if (report->errors || !fits_folder(options, kind, report))
        return cnn_report_code(report);
    if (kind == CNN_FILE_EXPERIMENT || resumes_experiment(options))
        return cnn_command_experiment(options, report);
    if (!options->dry_run && !cnn_signals_catch(report))
        return cnn_report_code(report);
    if (!cnn_session_open(&session, options->arguments[0], &options->session, report))
        code = cnn_report_code(report);
    else if (options->only_count || options->jobs)
        code = refuse_options(options, report);
    else if (options->dry_run)
        code = dry_run(&session);
    else if (options->resume
                 ? !cnn_run_find(&run, options->out, session.pipeline->name, false, report)
                 : !cnn_run_create(&run, options->out, session.pipeline->name, report))
        code = cnn_report_code(report);
    else
        code = train_in(&run, &session, options, report);
    cnn_session_close(&session);
    if (run.dir && !options->dry_run && (code == CNN_EXIT_DONE || code == CNN_EXIT_DIVERGED)) {
        cnn_command_write_page(run.dir, options, report);
        if (!cnn_run_check(&run, false, report)) /* the page shows what there is */
            code = CNN_EXIT_OUTPUT;
    }
    cnn_run_close(&run);
    return code;
}
