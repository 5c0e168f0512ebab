/* conduct.c - a training from its folder to its summary. */
#include "run/conduct.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/callbacks.h"

/* A run that has no checkpoint starts over: its pipeline must be the same, and it is said. */
static bool start_over(const cnn_training *t, cnn_resume resume, cnn_report *report)
{
    char *path = cnn_path_join(t->dir, CNN_RUN_PIPELINE), *text = NULL;
    uint64_t size;
    const bool begun = cnn_run_has(t->dir, CNN_RUN_METRICS) || cnn_run_has(t->dir, CNN_RUN_SUMMARY);
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

/* What the folder has is taken up, and metrics.csv, which a kill may have left older than the
 * checkpoint, is written from it. */
static bool take_up(cnn_training *t, cnn_resume resume, cnn_report *report)
{
    bool found = false;
    return cnn_train_restore(t, resume, &found, report) &&
           (found ? cnn_train_write_metrics(t, report) : start_over(t, resume, report));
}

bool cnn_conduct_begin(cnn_conduct *c, cnn_session *session, const cnn_run *run,
                       const cnn_begin *begin, cnn_report *report)
{
    cnn_training *t = &c->training;
    *c = (cnn_conduct){.training = {.pipeline = session->pipeline,
                                    .data = &session->data,
                                    .network = session->network,
                                    .callbacks = session->callbacks,
                                    .stop = begin->stop,
                                    .dir = run->dir,
                                    .stamp = &c->stamp},
                       .end = {.threads = begin->threads, .plugins = session->plugins}};
    if (!cnn_network_initialize(session->network, (uint64_t)session->pipeline->seed, report) ||
        !cnn_stamp_take(&c->stamp, session, report))
        return false;
    t->engine = cnn_engine_new(session->pipeline, session->network, &session->data, begin->threads,
                               true, report);
    cnn_train_begin(t);
    return t->engine && cnn_callbacks_attach(t, report) &&
           (!begin->resume || take_up(t, begin->mode, report)) &&
           cnn_run_write(run, CNN_RUN_PIPELINE, session->resolved, report);
}

bool cnn_conduct_survey(cnn_conduct *c, bool *whole, cnn_report *report)
{
    cnn_training *t = &c->training;
    const double start = cnn_clock_now();
    *whole = true;
    if (t->saved.any)
        return true;
    const bool good = cnn_engine_survey(t->engine, t->stop, t->observer.survey, t->observer.context,
                                        whole, report);
    t->position.wall += cnn_clock_now() - start;
    return good;
}

/* The table, and what the checkpoints took. */
static void profile(cnn_conduct *c)
{
    const cnn_training *t = &c->training;
    const double all = t->position.wall - t->wall_before;
    cnn_engine_profile(t->engine, &c->profile);
    cnn_text_add(&c->profile, "%llu checkpoint%s took %.2f s, %.1f %% of the training's %.1f s\n",
                 (unsigned long long)t->saves, t->saves == 1 ? "" : "s", t->saving,
                 100 * t->saving / all, all);
    if (cnn_callbacks_seconds(t) >= 0)
        cnn_text_add(&c->profile, "callbacks took %.2f s, %.1f %%\n", cnn_callbacks_seconds(t),
                     100 * cnn_callbacks_seconds(t) / all);
}

/* The callbacks' end, and a checkpoint of the weights that they have put back. */
static void end_callbacks(cnn_conduct *c, cnn_report *report)
{
    cnn_training *t = &c->training;
    cnn_run_end *end = &c->end;
    bool good = cnn_callbacks_end(t, end->outcome, report);
    if (good && cnn_callbacks_restored(t) && end->outcome == CNN_COMPLETED)
        good = cnn_train_checkpoint(t, report);
    if (!good)
        end->outcome = CNN_FAILED;
}

void cnn_conduct_train(cnn_conduct *c, const cnn_session *session, const cnn_run *run,
                       cnn_report *report)
{
    cnn_training *t = &c->training;
    cnn_run_end *end = &c->end;
    end->outcome = cnn_train(t, report);
    profile(c);
    end_callbacks(c, report);
    cnn_engine_exchange(t->engine); /* from here on, the weights are those of predictions */
    if (end->outcome == CNN_COMPLETED && session->data.test.count &&
        !cnn_engine_evaluate(t->engine, &session->data.test, &end->test, t->confusion, t->stop)) {
        end->outcome = CNN_INTERRUPTED;
        end->test = (cnn_scores){0};
    }
    if (end->outcome != CNN_FAILED && cnn_data_failed(t->data, report)) {
        end->outcome = CNN_FAILED;
        end->test = (cnn_scores){0};
    }
    /* Where a checkpoint could not be written, its epoch's row is not in the file either; the
     * summary tells of no epoch that is not. */
    const bool none = end->outcome == CNN_FAILED && t->position.row_count == 0;
    c->written =
        (none || cnn_train_write_metrics(t, report)) && cnn_summary_write(run, t, end, report);
}

void cnn_conduct_end(cnn_conduct *c)
{
    cnn_text_free(&c->profile);
    cnn_train_end(&c->training);
    cnn_engine_free(c->training.engine);
    cnn_stamp_free(&c->stamp);
}
