/* train.c - `cnnrun PIPELINE.yaml`: trains, resumes, or with --dry-run only checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/signal.h"
#include "base/text.h"
#include "command/command.h"
#include "command/experiment.h"
#include "command/progress.h"
#include "run/run.h"

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

/* Trains from where the training stands, measures the test data, writes the summary. */
static int run_training(cnn_training *t, const cnn_run *run, const cnn_session *session,
                        const cnn_options *options, size_t threads, cnn_report *report)
{
    cnn_run_end end = {.threads = threads, .plugins = session->plugins};
    cnn_findings findings = {0};
    cnn_progress *progress = NULL;
    const uint64_t batch = (uint64_t)t->pipeline->train.batch_size,
                   samples = session->data.train.count;
    const double done =
        (double)t->position.epoch + (double)(t->position.step * batch) / (double)samples;
    if (!options->quiet) {
        introduce(session, run, t, threads, options->resume);
        progress = cnn_progress_new((uint64_t)t->pipeline->train.epochs, done, samples);
        t->observer = cnn_progress_observer(progress);
    }
    cnn_command_show_warnings(report);
    cnn_signals_defer();
    end.outcome = cnn_train(t, report);
    if (end.outcome == CNN_COMPLETED && session->data.test.count &&
        !cnn_engine_evaluate(t->engine, &session->data.test, &end.test, t->confusion, t->stop)) {
        end.outcome = CNN_INTERRUPTED;
        end.test = (cnn_totals){0};
    }
    cnn_progress_free(progress);
    if (options->profile) {
        cnn_text table = {0};
        cnn_engine_profile(t->engine, &table);
        const double all = t->position.wall - t->wall_before;
        printf("%s%llu checkpoint%s took %.2f s, %.1f %% of the training's %.1f s\n", table.data,
               (unsigned long long)t->saves, t->saves == 1 ? "" : "s", t->saving,
               100 * t->saving / all, all);
        cnn_text_free(&table);
    }
    cnn_diagnose(t, end.outcome, &findings);
    end.findings = &findings;
    /* Where a checkpoint could not be written, its epoch's row is not in the file either; the
     * summary tells of no epoch that is not. */
    const bool none = end.outcome == CNN_FAILED && t->position.epoch == 0;
    const bool written =
        (none || cnn_train_write_metrics(t, report)) && cnn_run_summarize(run, t, &end, report);
    if (!options->quiet && written)
        conclude(t, run, &end, options);
    cnn_findings_free(&findings);
    return exit_code(t, end.outcome, report);
}

/* A run that has no checkpoint starts over: its pipeline must be the same, and it is said. */
static bool start_over(const cnn_training *t, cnn_resume resume, cnn_report *report)
{
    char *path = cnn_path_join(t->dir, CNN_RUN_PIPELINE), *text = NULL;
    uint64_t size;
    const bool begun =
        cnn_run_holds(t->dir, CNN_RUN_METRICS) || cnn_run_holds(t->dir, CNN_RUN_SUMMARY);
    bool good = true;
    if (begun && resume == CNN_RESUME_STRICT)
        good = cnn_report_add(
            report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
            "%s: --strict-resume: its checkpoints are gone (--resume starts over)", t->dir);
    else if (!cnn_file_is_missing(path))
        good = cnn_file_read(path, 1 << 20, CNN_EXIT_OUTPUT, &text, &size, report) &&
               cnn_stamp_compare_pipeline(t->stamp, text, t->dir, resume, report);
    if (good && begun)
        cnn_report_add(report, 0, CNN_NOWHERE,
                       "%s: its checkpoints are gone; the training starts over", t->dir);
    free(text);
    free(path);
    return good;
}

/* What the folder has is taken up, and metrics.csv, which a kill may have left behind the
 * checkpoint, is written from it. */
static bool take_up(cnn_training *t, cnn_resume resume, cnn_report *report)
{
    bool found = false;
    return cnn_train_restore(t, resume, &found, report) &&
           (found ? cnn_train_write_metrics(t, report) : start_over(t, resume, report));
}

static int train_in(const cnn_run *run, cnn_session *session, const cnn_options *options,
                    cnn_report *report)
{
    const size_t threads = cnn_session_threads(session, options->threads);
    int code = CNN_EXIT_DONE;
    cnn_stamp stamp;
    cnn_training t = {.pipeline = session->pipeline,
                      .data = &session->data,
                      .network = session->network,
                      .stop = cnn_signals_stop(),
                      .dir = run->dir,
                      .stamp = &stamp};
    if (!cnn_network_initialize(session->network, (uint64_t)session->pipeline->seed, report))
        return cnn_report_code(report);
    cnn_stamp_take(&stamp, session);
    t.engine =
        cnn_engine_new(session->pipeline, session->network, &session->data, threads, true, report);
    cnn_train_begin(&t);
    if (t.engine && (!options->resume || take_up(&t, options->resume_mode, report)) &&
        cnn_run_write(run, CNN_RUN_PIPELINE, session->resolved, report))
        code = run_training(&t, run, session, options, threads, report);
    else
        code = cnn_report_code(report);
    cnn_train_end(&t);
    cnn_engine_free(t.engine);
    cnn_stamp_free(&stamp);
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
    return options->resume && options->out && cnn_run_holds(options->out, CNN_RUN_EXPERIMENT);
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
        cnn_run_holds(dir, CNN_RUN_PIPELINE) && kind == CNN_FILE_EXPERIMENT)
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
