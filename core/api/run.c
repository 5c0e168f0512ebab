/* run.c - runs that are opened again, evaluated, and asked for predictions. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/memory.h"
#include "run/reopen.h"

_Static_assert(CNNRUN_MAX_CONFUSION == CNN_MAX_CONFUSION, "as many classes have a matrix");

static cnnrun_run *new_run(const char *dir)
{
    cnnrun_run *run = cnn_alloc(1, sizeof *run);
    run->folder = (cnn_run){.dir = cnn_strdup(dir), .lock = -1};
    return run;
}

static bool reopen(cnnrun_run *run, const char *dir, const cnnrun_options *given,
                   cnn_report *report)
{
    cnnrun_options options;
    cnn_session_options session;
    cnnrun_pipeline *pipeline = run->pipeline = cnn_alloc(1, sizeof *pipeline);
    run->owns_pipeline = true;
    if (!cnn_api_options(&options, &session, given, report))
        return false;
    pipeline->threads = options.threads;
    pipeline->settings = session.settings; /* marks point to the origins */
    return cnn_session_reopen(&pipeline->session, dir, &session, report);
}

cnnrun_run *cnnrun_run_open(const char *dir, const cnnrun_options *options, cnnrun_error *error)
{
    cnn_call call;
    cnn_call_begin(&call, error);
    cnn_call_lock();
    cnnrun_run *run = new_run(dir);
    const bool good = reopen(run, dir, options, call.report);
    cnn_call_unlock();
    if (!cnn_call_end(&call, good)) {
        cnnrun_run_close(run);
        return NULL;
    }
    run->pipeline->run = run;
    return run;
}

cnnrun_run *cnnrun_run_open_weights(const char *dir, cnnrun_error *error)
{
    cnn_call call;
    bool found;
    cnn_call_begin(&call, error);
    cnnrun_run *run = new_run(dir);
    bool good = cnn_checkpoint_read(&run->checkpoint, dir, &found, call.report);
    if (good && !found)
        good = cnn_report_add(call.report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              "%s: there is no " CNN_CHECKPOINT " yet", dir);
    if (cnn_call_end(&call, good))
        return run;
    cnnrun_run_close(run);
    return NULL;
}

void cnnrun_run_close(cnnrun_run *run)
{
    if (!run)
        return;
    if (run->begun)
        cnn_conduct_end(&run->conduct);
    cnn_engine_free(run->engine);
    if (run->pipeline && run->pipeline->run == run)
        run->pipeline->run = NULL;
    if (run->owns_pipeline)
        cnnrun_pipeline_close(run->pipeline);
    cnn_checkpoint_free(&run->checkpoint);
    cnn_run_close(&run->folder);
    free(run);
}

const char *cnnrun_run_dir(const cnnrun_run *run)
{
    return run ? run->folder.dir : NULL;
}

cnnrun_pipeline *cnnrun_run_pipeline(cnnrun_run *run)
{
    return run ? run->pipeline : NULL;
}

/* ---- the network at work -------------------------------------------------------------------- */

static bool has_network(const cnnrun_run *run, cnn_report *report)
{
    return run->pipeline ||
           cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                          "%s: only the run's weights were opened", run->folder.dir);
}

cnn_engine *cnn_api_engine(cnnrun_run *run, cnn_report *report)
{
    if (!has_network(run, report))
        return NULL;
    if (run->begun)
        return run->conduct.training.engine;
    const cnn_session *session = &run->pipeline->session;
    if (!run->engine)
        run->engine = cnn_engine_new(session->pipeline, session->network, &session->data,
                                     cnn_session_threads(session, (size_t)run->pipeline->threads),
                                     false, report);
    return run->engine;
}

/* The engine's batches depend on the number of training samples. */
static bool open_data(cnnrun_run *run, cnn_report *report)
{
    if (!has_network(run, report))
        return false;
    if (run->pipeline->session.has_data)
        return true;
    cnn_engine_free(run->engine);
    run->engine = NULL;
    return cnn_session_open_data(&run->pipeline->session, report);
}

bool cnnrun_run_open_data(cnnrun_run *run, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, open_data(run, call.report));
}

static bool predict(cnnrun_run *run, const float *samples, size_t count, float *outputs,
                    cnn_report *report)
{
    cnn_engine *engine = cnn_api_engine(run, report);
    if (!engine)
        return false;
    cnn_split split = {
        .name = "samples", .view = run->pipeline->session.data.train.view, .count = count};
    split.view.element = CNN_ELEMENT_F32;
    split.view.images = samples;
    if (count)
        cnn_engine_outputs(engine, &split, outputs);
    return true;
}

bool cnnrun_run_predict(cnnrun_run *run, const float *samples, size_t count, float *outputs,
                        cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, predict(run, samples, count, outputs, call.report));
}

uint64_t cnnrun_output_class(const float *output, uint64_t classes)
{
    return cnn_engine_class(output, (size_t)classes);
}

/* ---- splits --------------------------------------------------------------------------------- */

uint64_t cnnrun_run_samples(const cnnrun_run *run, const char *split)
{
    if (!run || !run->pipeline || !run->pipeline->session.has_data)
        return 0;
    const cnn_split *found = cnn_data_split(&run->pipeline->session.data, split);
    return found ? found->count : 0;
}

static const cnn_split *find_split(cnnrun_run *run, const char *name, cnn_report *report)
{
    if (!open_data(run, report))
        return NULL;
    const cnn_split *split = cnn_data_split(&run->pipeline->session.data, name);
    if (!split)
        cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                       "the split is '%s'; it must be train, validation or test, and the run's "
                       "pipeline must have it",
                       name);
    return split;
}

static bool evaluate(cnnrun_run *run, const char *name, cnnrun_scores *scores, uint64_t *confusion,
                     cnn_report *report)
{
    const cnn_split *split = find_split(run, name, report);
    cnn_engine *engine = split ? cnn_api_engine(run, report) : NULL;
    cnn_scores found;
    if (!engine)
        return false;
    const uint64_t classes = run->pipeline->session.network->classes;
    if (confusion && (classes == 0 || classes > CNN_MAX_CONFUSION))
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              classes ? "there are more than %u classes"
                                      : "a confusion matrix, of up to %u classes, was asked for; "
                                        "the targets are vectors",
                              CNN_MAX_CONFUSION);
    const double start = cnn_clock_now();
    if (!cnn_engine_evaluate(engine, split, &found, confusion, &run->stop))
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE, "the run was stopped");
    if (cnn_data_failed(&run->pipeline->session.data, report))
        return false;
    cnnrun_scores seen = {.samples = found.samples,
                          .loss = found.loss,
                          .accuracy = found.accuracy,
                          .seconds = cnn_clock_now() - start};
    memcpy(seen.metric, found.metric, sizeof seen.metric);
    return cnn_struct_give(scores, &seen, sizeof seen) ||
           cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                          "struct_size of cnnrun_scores is 0; it must be sizeof(cnnrun_scores)");
}

bool cnnrun_run_evaluate(cnnrun_run *run, const char *split, cnnrun_scores *scores,
                         uint64_t *confusion, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, evaluate(run, split, scores, confusion, call.report));
}

bool cnnrun_run_outputs(cnnrun_run *run, const char *split, float *outputs, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    const cnn_split *found = find_split(run, split, call.report);
    cnn_engine *engine = found ? cnn_api_engine(run, call.report) : NULL;
    if (engine)
        cnn_engine_outputs(engine, found, outputs);
    return cnn_call_end(&call,
                        engine && !cnn_data_failed(&run->pipeline->session.data, call.report));
}

static bool sample(cnnrun_run *run, const char *name, uint64_t i, float *values, int32_t *label,
                   cnn_report *report)
{
    const cnn_split *split = find_split(run, name, report);
    if (!split)
        return false;
    if (i >= split->count)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "sample %llu of the %s data was asked for; there are %llu",
                              (unsigned long long)i, name, (unsigned long long)split->count);
    if (values)
        cnn_data_gather(split, i, values);
    if (label)
        *label = split->view.labels ? cnn_data_label(split, i) : -1;
    return !cnn_data_failed(&run->pipeline->session.data, report);
}

bool cnnrun_run_sample(cnnrun_run *run, const char *split, uint64_t i, float *values,
                       int32_t *label, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, sample(run, split, i, values, label, call.report));
}
