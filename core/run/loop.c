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

static double mean(double sum, uint64_t count)
{
    return count ? sum / (double)count : (double)NAN;
}

/* The learning rate of a step of the whole training, or a fault. */
static bool rate_of(const cnn_training *t, uint64_t step, uint64_t per_epoch, double *rate,
                    cnn_report *report)
{
    const cnn_instance *schedule = t->pipeline->schedule, *optimizer = t->pipeline->optimizer;
    const cnn_schedule_point point = {sizeof point, step, per_epoch,
                                      (uint64_t)t->pipeline->train.epochs * per_epoch,
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

static uint64_t steps_per_epoch(const cnn_training *t)
{
    const uint64_t size = (uint64_t)t->pipeline->train.batch_size;
    return (t->data->train.count + size - 1) / size;
}

bool cnn_train_write_metrics(const cnn_training *t, cnn_report *report)
{
    const char *names[CNN_MAX_METRICS];
    for (size_t m = 0; m < t->pipeline->metric_count; m++)
        names[m] = cnn_pipeline_metric_name(t->pipeline, m);
    return cnn_results_write_metrics(t->dir, t->position.rows, t->position.epoch, names,
                                     t->pipeline->metric_count, report);
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
                         mean(sum->loss, sum->samples), mean((double)sum->correct, sum->samples));
}

/* The steps that are left of an epoch. CNN_COMPLETED: all done. */
static cnn_outcome train_epoch(cnn_training *t, uint32_t *order, double *rate, cnn_report *report)
{
    cnn_position *at = &t->position;
    const uint64_t count = t->data->train.count, size = (uint64_t)t->pipeline->train.batch_size;
    const uint64_t steps = steps_per_epoch(t);
    double start = cnn_clock_now(), before = at->seconds;
    cnn_data_order((uint64_t)t->pipeline->seed, at->epoch, t->pipeline->train.shuffle != 0, count,
                   order);
    while (at->step < steps) {
        bool called;
        if (t->stop && *t->stop)
            return CNN_INTERRUPTED;
        if (is_due(t)) {
            if (!cnn_train_checkpoint(t, report))
                return CNN_FAILED;
            before = at->seconds; /* to write it is no training */
            start = cnn_clock_now();
        }
        const uint64_t first = at->step * size, left = count - first;
        cnn_crash_step = at->epoch * steps + at->step + 1;
        cnn_crash_in_step = 1;
        if (!rate_of(t, at->epoch * steps + at->step, steps, rate, report))
            return CNN_FAILED;
        *rate *= cnn_callbacks_scale(t);
        if (!cnn_engine_step(t->engine, order + first, left < size ? left : size,
                             at->epoch * steps + at->step, *rate, &at->totals)) {
            char *reason = cnn_engine_explain(t->engine);
            diverge(t, reason);
            free(reason);
            return CNN_DIVERGED;
        }
        cnn_crash_in_step = 0;
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
static bool validate(cnn_training *t, cnn_totals *val)
{
    cnn_callbacks_swap(t, true);
    const bool done =
        cnn_engine_evaluate(t->engine, &t->data->validation, val, t->confusion, t->stop);
    cnn_callbacks_swap(t, false);
    return done;
}

/* Measures the val_ columns and files the epoch's row. */
static cnn_outcome close_epoch(cnn_training *t, double rate, cnn_report *report)
{
    cnn_position *at = &t->position;
    const cnn_totals *sum = &at->totals;
    cnn_totals val;
    cnn_row row;
    const double start = cnn_clock_now();
    if (t->observer.phase)
        t->observer.phase(t->observer.context, "validating");
    if (!validate(t, &val))
        return CNN_INTERRUPTED;
    memset(&row, 0, sizeof row);
    row.loss = mean(sum->loss, sum->samples);
    row.accuracy = mean((double)sum->correct, sum->samples);
    row.val_loss = mean(val.loss, val.samples);
    row.val_accuracy = mean((double)val.correct, val.samples);
    row.learning_rate = rate;
    row.seconds = at->seconds + cnn_clock_now() - start;
    row.images_per_second = at->seconds > 0 ? (double)sum->samples / at->seconds : 0;
    for (size_t m = 0; m < t->pipeline->metric_count; m++) {
        row.metric[m] = mean(sum->metric[m], sum->samples);
        row.val_metric[m] = mean(val.metric[m], val.samples);
    }
    if (!isfinite(row.val_loss) && t->pipeline->train.on_nonfinite == 0) {
        at->step--; /* the message counts from 1 */
        diverge(t, "the validation loss is not finite");
        return CNN_DIVERGED;
    }
    at->rows[at->epoch++] = row;
    at->step = 0;
    at->seconds = 0;
    at->totals = (cnn_totals){0};
    if (t->observer.epoch)
        t->observer.epoch(t->observer.context, at->epoch, &row);
    return cnn_callbacks_epoch(t, report) ? CNN_COMPLETED : CNN_FAILED;
}

/* What is left of an epoch, and its row. */
static cnn_outcome run_epoch(cnn_training *t, uint32_t *order, cnn_report *report)
{
    const cnn_position *at = &t->position;
    const uint64_t steps = steps_per_epoch(t);
    double rate = 0;
    /* Resumed behind an epoch's last step, the rate for its row was not asked for yet. */
    if (at->step == steps) {
        if (!rate_of(t, at->epoch * steps + steps - 1, steps, &rate, report))
            return CNN_FAILED;
        rate *= cnn_callbacks_last_scale(t);
    }
    const cnn_outcome outcome = train_epoch(t, order, &rate, report);
    if (outcome != CNN_COMPLETED || cnn_callbacks_stopped_by(t))
        return outcome;
    if (is_due(t) && !cnn_train_checkpoint(t, report)) /* validating takes time */
        return CNN_FAILED;
    return close_epoch(t, rate, report);
}

cnn_outcome cnn_train(cnn_training *t, cnn_report *report)
{
    cnn_position *at = &t->position;
    const uint64_t epochs = (uint64_t)t->pipeline->train.epochs;
    uint32_t *order = cnn_alloc(t->data->train.count, sizeof *order);
    t->start = t->saved.at = cnn_clock_now();
    t->wall_before = at->wall;
    cnn_outcome outcome = cnn_callbacks_begin(t, report) ? CNN_COMPLETED : CNN_FAILED;
    while (outcome == CNN_COMPLETED && at->epoch < epochs && !cnn_callbacks_stopped_by(t)) {
        outcome = run_epoch(t, order, report);
        if ((outcome == CNN_COMPLETED || outcome == CNN_INTERRUPTED) &&
            !(cnn_train_checkpoint(t, report) && cnn_train_write_metrics(t, report)))
            outcome = CNN_FAILED;
    }
    at->wall = t->wall_before + cnn_clock_now() - t->start;
    free(order);
    return outcome;
}

uint64_t cnn_train_best_epoch(const cnn_position *position)
{
    uint64_t best = 0;
    for (uint64_t e = 0; e < position->epoch; e++)
        if (best == 0 || position->rows[e].val_accuracy > position->rows[best - 1].val_accuracy)
            best = e + 1;
    return best;
}
