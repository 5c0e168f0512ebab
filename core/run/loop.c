/* loop.c - the training loop. */
#include "run/loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "plugin/crash.h"
#include "run/callbacks.h"
#include "run/state.h"

static uint64_t steps_per_epoch(const cnn_training *t)
{
    return cnn_pipeline_epoch_steps(t->pipeline, t->data->train.count);
}

uint64_t cnn_train_steps(const cnn_training *t)
{
    return cnn_pipeline_steps(t->pipeline, t->data->train.count);
}

uint64_t cnn_train_steps_done(const cnn_training *t)
{
    return t->position.epoch * steps_per_epoch(t) + t->position.step;
}

/* The learning rate of a step of the whole training, or a fault. */
static bool rate_of(const cnn_training *t, uint64_t step, double *rate, cnn_report *report)
{
    const cnn_instance *schedule = t->pipeline->schedule,
                       *optimizer = t->pipeline->optimizer.instance;
    const cnn_schedule_point point = {sizeof point, step, steps_per_epoch(t), cnn_train_steps(t),
                                      cnn_instance_real(optimizer, "learning_rate")};
    CNN_CRASH_GUARD(schedule->file, "rate",
                    *rate = schedule->file->schedule.rate(schedule->self, &point));
    if (isfinite(*rate) && *rate >= 0)
        return true;
    return cnn_report_add(
        report, CNN_EXIT_PLUGIN, schedule->mark,
        "schedule '%s' (%s) breaks its contract: the rate of step %llu is %g; it must "
        "be finite and 0 or more",
        schedule->file->head.name, schedule->file->path, (unsigned long long)step, *rate);
}

static void diverge(cnn_training *t, const char *reason)
{
    const cnn_position *at = &t->position;
    const cnn_saved *saved = &t->saved;
    char *kept;
    if (!saved->any)
        kept = cnn_strdup("there is no checkpoint yet");
    else if (saved->step > 0)
        kept = cnn_format("the checkpoint is of epoch %llu, step %llu",
                          (unsigned long long)saved->epoch + 1, (unsigned long long)saved->step);
    else
        kept = cnn_format("the checkpoint is of the end of epoch %llu",
                          (unsigned long long)saved->epoch);
    t->message =
        cnn_format("diverged in epoch %llu, step %llu: %s; %s", (unsigned long long)at->epoch + 1,
                   (unsigned long long)at->step + 1, reason, kept);
    free(kept);
}

bool cnn_train_counts_steps(const cnn_training *t)
{
    bool counts = cnn_pipeline_counts_steps(t->pipeline);
    for (uint64_t r = 0; r < t->position.row_count; r++)
        counts |= t->position.rows[r].epoch != floor(t->position.rows[r].epoch);
    return counts;
}

bool cnn_train_write_metrics(const cnn_training *t, cnn_report *report)
{
    cnn_row_form form = cnn_measures_form(&t->network->measures);
    form.steps = cnn_train_counts_steps(t);
    return cnn_results_write_metrics(t->dir, t->position.rows, t->position.row_count, &form,
                                     report);
}

bool cnn_train_checkpoint(cnn_training *t, cnn_report *report)
{
    const cnn_position *at = &t->position;
    const double start = cnn_clock_now();
    t->position.wall = t->wall_before + start - t->start;
    if (!cnn_train_save(t, report))
        return false;
    const double end = cnn_clock_now();
    t->saved = (cnn_saved){true, at->epoch, at->step, end, end - start};
    t->saves++;
    t->saving += end - start;
    return true;
}

/* Whether a checkpoint within the epoch is due. One that takes long to write comes less often, so
 * that all of them take at most a fiftieth of the time. */
static bool is_due(const cnn_training *t)
{
    const cnn_checkpoint_spec *spec = &t->pipeline->checkpoint;
    const cnn_saved *saved = &t->saved;
    const uint64_t before = saved->epoch == t->position.epoch ? saved->step : 0;
    if (spec->every_steps != INT64_MIN && t->position.step - before >= (uint64_t)spec->every_steps)
        return true;
    return spec->every_seconds > 0 &&
           cnn_clock_now() - saved->at >= fmax(spec->every_seconds, 50 * saved->took);
}

static void tell_step(const cnn_training *t)
{
    const cnn_totals *sum = &t->position.totals;
    if (t->observer.step)
        t->observer.step(t->observer.context, t->position.epoch + 1, sum->samples,
                         sum->sums[0] / (double)sum->samples,
                         cnn_measures_accuracy(&t->network->measures, sum));
}

/* Whether a row is to be filed before the next step: at the end of an epoch, at that of the
 * training, and within an epoch as the pipeline says. The last row tells whether this step has one
 * already. */
static bool row_is_due(const cnn_training *t)
{
    const cnn_position *at = &t->position;
    const int64_t every = t->pipeline->train.validate_every;
    const uint64_t done = cnn_train_steps_done(t);
    if (at->step == 0 || (at->row_count && at->rows[at->row_count - 1].step == (double)done))
        return false;
    return at->step == steps_per_epoch(t) || done == cnn_train_steps(t) ||
           (every != INT64_MIN && done % (uint64_t)every == 0);
}

/* One step, without what may be done before and after it. */
static cnn_outcome take_step(cnn_training *t, const uint32_t *order, double *rate,
                             cnn_report *report)
{
    cnn_position *at = &t->position;
    const uint64_t count = t->data->train.count, size = (uint64_t)t->pipeline->train.batch_size;
    const uint64_t first = at->step * size, left = count - first, done = cnn_train_steps_done(t);
    cnn_crash_step = done + 1;
    cnn_crash_in_step = 1;
    if (!rate_of(t, done, rate, report))
        return CNN_FAILED;
    *rate *= cnn_callbacks_scale(t);
    const bool finite = cnn_engine_step(t->engine, order + first, left < size ? left : size, done,
                                        *rate, &at->totals);
    if (cnn_data_failed(t->data, report))
        return CNN_FAILED;
    if (!finite) {
        char *reason = cnn_engine_explain(t->engine);
        diverge(t, reason);
        free(reason);
        return CNN_DIVERGED;
    }
    cnn_crash_in_step = 0;
    return CNN_COMPLETED;
}

/* The steps up to the next row. CNN_COMPLETED: it is due, or a callback has stopped the training.
 */
static cnn_outcome train_steps(cnn_training *t, uint32_t *order, double *rate, cnn_report *report)
{
    cnn_position *at = &t->position;
    double start = cnn_clock_now(), before = at->seconds;
    cnn_data_order((uint64_t)t->pipeline->seed, at->epoch, t->pipeline->train.shuffle != 0,
                   t->data->train.count, order);
    while (!row_is_due(t)) {
        bool called;
        if (t->stop && *t->stop)
            return CNN_INTERRUPTED;
        if (is_due(t)) {
            if (!cnn_train_checkpoint(t, report))
                return CNN_FAILED;
            before = at->seconds; /* to write it is no training */
            start = cnn_clock_now();
        }
        const cnn_outcome outcome = take_step(t, order, rate, report);
        if (outcome != CNN_COMPLETED)
            return outcome;
        at->seconds = before + cnn_clock_now() - start;
        tell_step(t);
        at->step++;
        if (!cnn_callbacks_step(t, &called, report))
            return CNN_FAILED;
        if (cnn_callbacks_stopped_by(t))
            return CNN_COMPLETED;
        if (called) {
            before = at->seconds; /* to observe is no training */
            start = cnn_clock_now();
        }
    }
    return CNN_COMPLETED;
}

/* Measures the val_ columns with the weights that callbacks gave for that, or the training's. */
static bool validate(cnn_training *t, cnn_scores *val)
{
    cnn_callbacks_swap(t, true);
    const bool done =
        cnn_engine_evaluate(t->engine, &t->data->validation, val, t->confusion, t->stop);
    cnn_callbacks_swap(t, false);
    return done;
}

/* The row of now, but for what the validation needs of time. */
static cnn_row make_row(const cnn_training *t, const cnn_scores *val, double rate)
{
    const cnn_position *at = &t->position;
    const cnn_scores seen = cnn_measures_scores(&t->network->measures, &at->totals);
    cnn_row row = {.loss = seen.loss,
                   .accuracy = seen.accuracy,
                   .val_loss = val->loss,
                   .val_accuracy = val->accuracy,
                   .learning_rate = rate,
                   .seconds = at->seconds,
                   .images_per_second = at->seconds > 0 ? (double)seen.samples / at->seconds : 0,
                   .step = (double)cnn_train_steps_done(t)};
    row.epoch = row.step / (double)steps_per_epoch(t);
    memcpy(row.metric, seen.metric, sizeof row.metric);
    memcpy(row.val_metric, val->metric, sizeof row.val_metric);
    return row;
}

/* Measures the val_ columns and files the row, with which an epoch may end. */
static cnn_outcome file_row(cnn_training *t, double rate, cnn_report *report)
{
    cnn_position *at = &t->position;
    cnn_scores val;
    const double start = cnn_clock_now();
    if (t->observer.phase)
        t->observer.phase(t->observer.context, "validating");
    const bool whole = validate(t, &val);
    if (cnn_data_failed(t->data, report))
        return CNN_FAILED;
    if (!whole)
        return CNN_INTERRUPTED;
    cnn_row row = make_row(t, &val, rate);
    row.seconds += cnn_clock_now() - start;
    if (!isfinite(row.val_loss) && t->pipeline->train.on_nonfinite == 0) {
        at->step--; /* the message counts from 1 */
        diverge(t, "the validation loss is not finite");
        at->step++;
        return CNN_DIVERGED;
    }
    at->rows = cnn_realloc(at->rows, at->row_count + 1, sizeof row);
    at->rows[at->row_count++] = row;
    if (at->step == steps_per_epoch(t)) {
        at->epoch++;
        at->step = 0;
        at->seconds = 0;
        at->totals.samples = 0;
        memset(at->totals.sums, 0, t->network->measures.sums * sizeof(double));
    }
    if (t->observer.row)
        t->observer.row(t->observer.context, &row);
    return cnn_callbacks_epoch(t, report) ? CNN_COMPLETED : CNN_FAILED;
}

/* What is left up to the next row, and the row. */
static cnn_outcome run_part(cnn_training *t, uint32_t *order, cnn_report *report)
{
    double rate = 0;
    /* Resumed where a row is due, the rate for it was not asked for yet. */
    if (row_is_due(t)) {
        if (!rate_of(t, cnn_train_steps_done(t) - 1, &rate, report))
            return CNN_FAILED;
        rate *= cnn_callbacks_last_scale(t);
    }
    const cnn_outcome outcome = train_steps(t, order, &rate, report);
    if (outcome != CNN_COMPLETED || cnn_callbacks_stopped_by(t))
        return outcome;
    if (is_due(t) && !cnn_train_checkpoint(t, report)) /* validating takes time */
        return CNN_FAILED;
    return file_row(t, rate, report);
}

static bool is_over(const cnn_training *t)
{
    return cnn_callbacks_stopped_by(t) ||
           (cnn_train_steps_done(t) >= cnn_train_steps(t) && !row_is_due(t));
}

/* After a part: within an epoch that goes on, metrics.csv is enough, unless a checkpoint is due. */
static bool keep_part(cnn_training *t, cnn_outcome outcome, cnn_report *report)
{
    const bool goes_on = outcome == CNN_COMPLETED && t->position.step > 0 && !is_over(t);
    return ((goes_on && !is_due(t)) || cnn_train_checkpoint(t, report)) &&
           cnn_train_write_metrics(t, report);
}

cnn_outcome cnn_train(cnn_training *t, cnn_report *report)
{
    cnn_position *at = &t->position;
    uint32_t *order = cnn_alloc(t->data->train.count, sizeof *order);
    t->start = t->saved.at = cnn_clock_now();
    t->wall_before = at->wall;
    cnn_outcome outcome = cnn_callbacks_begin(t, report) ? CNN_COMPLETED : CNN_FAILED;
    while (outcome == CNN_COMPLETED && !is_over(t)) {
        outcome = run_part(t, order, report);
        if ((outcome == CNN_COMPLETED || outcome == CNN_INTERRUPTED) &&
            !keep_part(t, outcome, report))
            outcome = CNN_FAILED;
    }
    at->wall = t->wall_before + cnn_clock_now() - t->start;
    free(order);
    return outcome;
}

const cnn_row *cnn_train_best(const cnn_position *position)
{
    const cnn_row *best = NULL;
    for (uint64_t i = 0; i < position->row_count; i++) {
        const cnn_row *row = &position->rows[i];
        if (!best ||
            (isnan(row->val_accuracy) ? row->val_loss < best->val_loss || isnan(best->val_loss)
                                      : row->val_accuracy > best->val_accuracy))
            best = row;
    }
    return best;
}
