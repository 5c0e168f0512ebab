/* train.c - runs that are begun and trained, watched by an observer of the caller. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/memory.h"
#include "run/callbacks.h"

_Static_assert((int)CNNRUN_COMPLETED == (int)CNN_COMPLETED &&
                   (int)CNNRUN_DIVERGED == (int)CNN_DIVERGED &&
                   (int)CNNRUN_INTERRUPTED == (int)CNN_INTERRUPTED &&
                   (int)CNNRUN_FAILED == (int)CNN_FAILED,
               "outcomes are the same numbers");
_Static_assert(CNNRUN_MAX_METRICS == CNN_MAX_VALUES, "rows have room for as many metrics");

static bool find_folder(cnnrun_run *run, const cnnrun_begin *begin, cnn_report *report)
{
    const char *name = run->pipeline->session.pipeline->name;
    if (begin->resume < CNNRUN_NEW || begin->resume > CNNRUN_STRICT)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "cnnrun_begin.resume is %d; it must be one of enum cnnrun_resume",
                              begin->resume);
    return begin->resume == CNNRUN_NEW
               ? cnn_run_create(&run->folder, begin->out, name, report)
               : cnn_run_find(&run->folder, begin->out, name, &cnn_folder_of_run, report);
}

static bool start(cnnrun_run *run, const cnnrun_begin *given, cnn_report *report)
{
    static const cnn_resume modes[] = {CNN_RESUME, CNN_RESUME, CNN_RESUME_FORCED,
                                       CNN_RESUME_STRICT};
    cnnrun_pipeline *pipeline = run->pipeline;
    cnnrun_begin begin = {0};
    if (pipeline->run)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "the pipeline has a run already; close that first");
    if (!cnn_struct_take(&begin, sizeof begin, given, "cnnrun_begin", report) ||
        !find_folder(run, &begin, report))
        return false;
    const cnn_begin how = {.resume = begin.resume != CNNRUN_NEW,
                           .mode = modes[begin.resume],
                           .threads =
                               cnn_session_threads(&pipeline->session, (size_t)pipeline->threads),
                           .stop = &run->stop};
    run->begun = true;
    pipeline->run = run;
    const bool good =
        cnn_conduct_begin(&run->conduct, &pipeline->session, &run->folder, &how, report);
    run->resumed = run->conduct.training.saved.any;
    return good;
}

cnnrun_run *cnnrun_run_begin(cnnrun_pipeline *pipeline, const cnnrun_begin *begin,
                             cnnrun_error *error)
{
    cnn_call call;
    if (!pipeline)
        return NULL;
    cnnrun_run *run = cnn_alloc(1, sizeof *run);
    run->pipeline = pipeline;
    run->folder.lock = -1;
    cnn_call_begin(&call, error);
    if (!start(run, begin, call.report)) {
        cnnrun_run_close(run);
        run = NULL;
    }
    cnn_call_end(&call, run != NULL);
    return run;
}

cnnrun_row cnn_api_row(const cnn_row *row)
{
    cnnrun_row seen = {.struct_size = sizeof seen,
                       .epoch = cnn_row_epoch(row),
                       .loss = row->loss,
                       .accuracy = row->accuracy,
                       .val_loss = row->val_loss,
                       .val_accuracy = row->val_accuracy,
                       .learning_rate = row->learning_rate,
                       .seconds = row->seconds,
                       .images_per_second = row->images_per_second,
                       .step = (uint64_t)row->step};
    memcpy(seen.metric, row->metric, sizeof seen.metric);
    memcpy(seen.val_metric, row->val_metric, sizeof seen.val_metric);
    return seen;
}

/* ---- what the training tells, as the caller's observer wants it ------------------------------ */

static void tell_step(void *context, uint64_t epoch, uint64_t samples, double loss, double accuracy)
{
    const cnnrun_run *run = context;
    const cnn_training *t = &run->conduct.training;
    const uint64_t batch = (uint64_t)t->pipeline->train.batch_size, all = t->data->train.count,
                   steps = cnn_pipeline_epoch_steps(t->pipeline, all);
    const cnnrun_step step = {.struct_size = sizeof step,
                              .epoch = epoch,
                              .epochs = (cnn_train_steps(t) + steps - 1) / steps,
                              .step = (samples + batch - 1) / batch,
                              .steps = steps,
                              .samples = samples,
                              .samples_per_epoch = all,
                              .loss = loss,
                              .accuracy = accuracy};
    if (run->observer.step)
        run->observer.step(run->observer.context, &step);
}

static void tell_phase(void *context, const char *what)
{
    const cnnrun_run *run = context;
    (void)what; /* there is one: validating */
    if (run->observer.validating)
        run->observer.validating(run->observer.context, run->conduct.training.position.epoch + 1);
}

static void tell_survey(void *context, const cnn_surveyed *at)
{
    const cnnrun_run *run = context;
    const cnnrun_survey seen = {sizeof seen, at->layer, at->pass, at->passes, at->samples, at->all};
    if (run->observer.surveying)
        run->observer.surveying(run->observer.context, &seen);
}

static void tell_row(void *context, const cnn_row *row)
{
    const cnnrun_run *run = context;
    const cnnrun_row seen = cnn_api_row(row);
    if (run->observer.epoch)
        run->observer.epoch(run->observer.context, &seen);
}

static int train(cnnrun_run *run, const cnnrun_observer *observer, cnn_report *report)
{
    cnn_training *t = &run->conduct.training;
    run->observer = (cnnrun_observer){0};
    if (!run->begun || run->trained) {
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       run->begun ? "the run was trained already"
                                  : "the run was opened, not begun; it cannot be trained");
        return CNNRUN_FAILED;
    }
    if (!cnn_struct_take(&run->observer, sizeof run->observer, observer, "cnnrun_observer", report))
        return CNNRUN_FAILED;
    run->trained = true;
    t->observer = (cnn_observer){run, tell_step, tell_phase, tell_row, tell_survey};
    bool whole;
    const bool good = cnn_conduct_survey(&run->conduct, &whole, report);
    if (good && whole)
        cnn_conduct_train(&run->conduct, &run->pipeline->session, &run->folder, report);
    t->observer = (cnn_observer){0};
    if (!good || !whole)
        return good ? CNNRUN_INTERRUPTED : CNNRUN_FAILED;
    if (run->conduct.end.outcome == CNN_DIVERGED)
        cnn_report_add(report, CNN_EXIT_DIVERGED, CNN_NOWHERE, "%s: %s", t->dir, t->message);
    return run->conduct.written ? (int)run->conduct.end.outcome : CNNRUN_FAILED;
}

int cnnrun_run_train(cnnrun_run *run, const cnnrun_observer *observer, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return CNNRUN_FAILED;
    cnn_call_begin(&call, error);
    const int outcome = train(run, observer, call.report);
    cnn_call_end(&call, true);
    return outcome;
}

void cnnrun_run_stop(cnnrun_run *run, int reason)
{
    if (run)
        run->stop = reason;
}

int cnnrun_run_stopped(const cnnrun_run *run)
{
    return run ? (int)run->stop : 0;
}

/* ---- what it came to ------------------------------------------------------------------------ */

bool cnnrun_run_standing(const cnnrun_run *run, cnnrun_standing *standing)
{
    if (!run || !run->begun)
        return false;
    const cnn_training *t = &run->conduct.training;
    const cnn_scores *test = &run->conduct.end.test;
    const cnn_row *best = cnn_train_best(&t->position);
    const cnnrun_standing seen = {.epoch = t->position.epoch,
                                  .step = t->position.step,
                                  .best_epoch = best ? cnn_row_epoch(best) : 0,
                                  .resumed = run->resumed,
                                  .checkpoints = t->saves,
                                  .checkpoint_seconds = t->saving,
                                  .seconds = t->position.wall - t->wall_before,
                                  .test_samples = test->samples,
                                  .test_loss = test->samples ? test->loss : (double)NAN,
                                  .test_accuracy = test->samples ? test->accuracy : (double)NAN,
                                  .stopped_by = cnn_callbacks_stopped_by(t),
                                  .stop_reason = cnn_callbacks_stop_reason(t)};
    return cnn_struct_give(standing, &seen, sizeof seen);
}

bool cnnrun_run_row(const cnnrun_run *run, uint64_t i, cnnrun_row *row)
{
    if (!run || !run->begun || i >= run->conduct.training.position.row_count)
        return false;
    const cnnrun_row seen = cnn_api_row(&run->conduct.training.position.rows[i]);
    return cnn_struct_give(row, &seen, sizeof seen);
}

const char *cnnrun_run_finding(const cnnrun_run *run, size_t i)
{
    const cnn_findings *found =
        run && run->begun ? cnn_callbacks_findings(&run->conduct.training) : NULL;
    return found && i < found->count ? found->lines[i] : NULL;
}

const char *cnnrun_run_profile(cnnrun_run *run)
{
    return run && run->trained ? run->conduct.profile.data : NULL;
}

bool cnnrun_run_check(const cnnrun_run *run, cnnrun_error *error)
{
    cnn_call call;
    if (!run || !run->begun)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, cnn_run_check(&run->folder, &cnn_folder_of_run, call.report));
}
