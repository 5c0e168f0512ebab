/* callbacks.c - the callbacks of a training: planned, called in their order, and what they asked
 * for. */
#include "run/callbacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "plugin/crash.h"
#include "run/callbacks_private.h"

#define FINDINGS "findings" /* it is called after all others, and always */

/* ---- the list ------------------------------------------------------------------------------- */

static bool is_findings(const cnn_instance *instance)
{
    return strcmp(instance->file->head.name, FINDINGS) == 0;
}

static void add(cnn_callbacks *c, const cnn_instance *instance)
{
    const char *name = instance->file->head.name;
    size_t before = 0;
    for (size_t i = 0; i < c->count; i++)
        before += strcmp(c->list[i].instance->file->head.name, name) == 0;
    c->list[c->count++] =
        (cnn_observing){.instance = instance,
                        .label = before ? cnn_format("%s_%zu", name, before) : cnn_strdup(name)};
}

static bool collect(cnn_callbacks *c, cnn_report *report)
{
    const cnn_pipeline *p = c->pipeline;
    const cnn_instance *findings = NULL;
    c->list = cnn_alloc(p->callback_count + 1, sizeof *c->list);
    for (size_t i = 0; i < p->callback_count; i++)
        if (!is_findings(p->callbacks[i]))
            add(c, p->callbacks[i]);
        else if (!findings)
            findings = p->callbacks[i];
        else
            return cnn_report_add(report, CNN_EXIT_PIPELINE, p->callbacks[i]->mark,
                                  "callbacks: '" FINDINGS "' stands here twice; it may stand once");
    if (!findings)
        findings = c->findings_made = cnn_instance_make(
            p->plugins, &(cnn_instance_spec){.kind = CNN_KIND_CALLBACK, .name = FINDINGS}, report);
    if (findings)
        add(c, findings);
    return findings != NULL;
}

/* ---- calls ---------------------------------------------------------------------------------- */

typedef int call(const void *self, const cnn_observed *seen, double *state, cnn_error *error);

static call *function_of(const cnn_callback *callback, int when)
{
    return when == CNN_IN_BEGIN   ? callback->begin
           : when == CNN_IN_STEP  ? callback->step
           : when == CNN_IN_EPOCH ? callback->epoch
                                  : callback->end;
}

/* What a call came to; also where it did what it must not. */
static bool judge(const cnn_callbacks *c, int failed, cnn_error *error, cnn_report *report)
{
    const cnn_instance *instance = c->current->instance;
    const cnn_head *head = &instance->file->head;
    const int code = c->call == CNN_IN_PLAN ? CNN_EXIT_PIPELINE
                     : c->unwritten         ? CNN_EXIT_OUTPUT
                                            : CNN_EXIT_PLUGIN;
    if (*c->breach)
        return cnn_report_add(report, CNN_EXIT_PLUGIN, instance->mark,
                              "callback '%s' (%s) breaks its contract: %s", head->name,
                              instance->file->path, c->breach);
    return !failed || cnn_instance_refuse(instance, cnn_callbacks_call_name(c->call), failed,
                                          head->name, error, code, report);
}

static void start(cnn_callbacks *c, cnn_observing *o, int when)
{
    c->current = o;
    c->call = when;
    c->unwritten = false;
    c->breach[0] = '\0';
}

static bool run(cnn_callbacks *c, cnn_observing *o, int when, cnn_report *report)
{
    const cnn_instance *instance = o->instance;
    call *function = function_of(&instance->file->callback, when);
    cnn_error error = {0};
    int failed = 0;
    if (!function)
        return true;
    const double begun = cnn_clock_now();
    start(c, o, when);
    double *state = when == CNN_IN_END ? o->end_state : o->state;
    CNN_CRASH_GUARD(instance->file, cnn_callbacks_call_name(when),
                    failed = function(instance->self, &c->seen, state, &error));
    const bool good =
        judge(c, failed, &error, report) && !cnn_data_failed(c->training->data, report);
    c->current = NULL;
    c->seconds += cnn_clock_now() - begun;
    return good;
}

static bool plan(cnn_callbacks *c, cnn_observing *o, cnn_report *report)
{
    const cnn_instance *instance = o->instance;
    const cnn_callback *callback = &instance->file->callback;
    cnn_error error = {0};
    int failed = 0;
    o->plan = (cnn_callback_plan){.struct_size = sizeof o->plan};
    start(c, o, CNN_IN_PLAN);
    if (callback->plan)
        CNN_CRASH_GUARD(instance->file, "plan",
                        failed = callback->plan(instance->self, &c->seen, &o->plan, &error));
    if (!failed && o->plan.state_count > UINT64_C(1) << 32)
        cnn_callbacks_blame(c, "plan() asked for absurd sizes");
    const bool good = judge(c, failed, &error, report);
    c->current = NULL;
    return good;
}

cnn_callbacks *cnn_callbacks_new(const cnn_pipeline *pipeline, const cnn_data *data,
                                 const cnn_network *network, const char *resolved,
                                 cnn_report *report)
{
    cnn_callbacks *c = cnn_alloc(1, sizeof *c);
    c->pipeline = pipeline;
    c->data = data;
    c->network = network;
    cnn_callbacks_observe(c, resolved);
    bool good = collect(c, report);
    for (size_t i = 0; good && i < c->count; i++)
        good = plan(c, &c->list[i], report);
    if (good)
        return c;
    cnn_callbacks_free(c);
    return NULL;
}

/* ---- a training ----------------------------------------------------------------------------- */

/* Frees what belongs to one training. */
static void detach(cnn_callbacks *c)
{
    for (size_t i = 0; i < c->count; i++) {
        cnn_observing *o = &c->list[i];
        free(o->state);
        free(o->end_state);
        free(o->kept);
        o->state = o->end_state = NULL;
        o->kept = NULL;
        o->has_kept = false;
    }
    for (size_t i = 0; i < c->findings.count; i++) {
        free(c->findings.lines[i]);
        free(c->findings.codes[i]);
    }
    free(c->findings.lines);
    free(c->findings.codes);
    for (size_t i = 0; i < c->file_count; i++)
        free(c->files[i].name);
    free(c->files);
    free(c->stopped_by);
    free(c->stop_reason);
    void *blocks[] = {c->rows, c->validate, c->aside, c->trained, c->gradients, c->probed};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

void cnn_callbacks_free(cnn_callbacks *c)
{
    if (!c)
        return;
    detach(c);
    for (size_t i = 0; i < c->count; i++)
        free(c->list[i].label);
    for (size_t i = 0; i < c->column_count; i++)
        free(c->columns[i]);
    cnn_instance_free(c->findings_made);
    void *blocks[] = {c->list, c->layers, c->tensors, c->columns};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(c);
}

bool cnn_callbacks_attach(cnn_training *t, cnn_report *report)
{
    cnn_callbacks *c = t->callbacks;
    detach(c);
    memset((char *)c + CNN_OF_A_TRAINING, 0, sizeof *c - CNN_OF_A_TRAINING);
    c->training = t;
    c->scale = c->last_scale = 1;
    c->seen.ended = 0;
    c->seen.message = NULL;
    c->seen.rows = NULL;
    c->seen.row_count = 0;
    c->validate = cnn_alloc(c->network->tensor_count, sizeof *c->validate);
    for (size_t i = 0; i < c->count; i++) {
        cnn_observing *o = &c->list[i];
        const uint64_t count = o->plan.state_count;
        o->state = count ? cnn_tensor_alloc(count, sizeof(double)) : NULL;
        o->end_state = count ? cnn_tensor_alloc(count, sizeof(double)) : NULL;
        o->kept =
            o->plan.keeps_weights ? cnn_tensor_alloc(cnn_callbacks_floats(c), sizeof(float)) : NULL;
        if ((count && (!o->state || !o->end_state)) || (o->plan.keeps_weights && !o->kept))
            return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                                  "out of memory: the state of callback '%s'", o->label);
    }
    return true;
}

/* Where the training stands. */
static void observe_position(cnn_callbacks *c)
{
    const cnn_position *at = &c->training->position;
    const cnn_row_form form = cnn_measures_form(&c->network->measures);
    c->seen.rows = c->rows =
        cnn_realloc(c->rows, at->row_count * c->seen.column_count, sizeof *c->rows);
    double *to = c->rows + c->seen.row_count * c->seen.column_count;
    for (uint64_t i = c->seen.row_count; i < at->row_count; i++) {
        double numbers[CNN_HEADER_MOST];
        (void)cnn_row_numbers(&at->rows[i], &form, numbers);
        memcpy(to, numbers + 1, c->seen.column_count * sizeof *to); /* without the epoch */
        to += c->seen.column_count;
    }
    c->seen.row_count = at->row_count;
    c->seen.epoch = at->epoch;
    c->seen.step = cnn_train_steps_done(c->training);
}

/* Whether a call is due; `step` only at the callback's interval. */
static bool is_due(const cnn_observing *o, int when, uint64_t step)
{
    const uint64_t interval = o->plan.step_interval;
    return when != CNN_IN_STEP || (interval > 0 && step % interval == 0);
}

/* *called says whether a call was due. */
static bool run_all(cnn_training *t, int when, bool *called, cnn_report *report)
{
    cnn_callbacks *c = t->callbacks;
    const uint64_t step = cnn_train_steps_done(t);
    bool good = true;
    *called = false;
    for (size_t i = 0; good && i < c->count; i++) {
        if (!is_due(&c->list[i], when, step))
            continue;
        if (!*called)
            observe_position(c);
        *called = true;
        good = run(c, &c->list[i], when, report);
    }
    return good;
}

bool cnn_callbacks_begin(cnn_training *t, cnn_report *report)
{
    bool called;
    t->callbacks->seen.row_count = 0;
    return run_all(t, CNN_IN_BEGIN, &called, report);
}

bool cnn_callbacks_step(cnn_training *t, bool *called, cnn_report *report)
{
    const bool good = run_all(t, CNN_IN_STEP, called, report);
    t->callbacks->gradients_kept = false;
    return good;
}

bool cnn_callbacks_epoch(cnn_training *t, cnn_report *report)
{
    bool called;
    return run_all(t, CNN_IN_EPOCH, &called, report);
}

bool cnn_callbacks_end(cnn_training *t, cnn_outcome outcome, cnn_report *report)
{
    static const uint32_t how[] = {[CNN_COMPLETED] = CNN_ENDED_COMPLETED,
                                   [CNN_DIVERGED] = CNN_ENDED_DIVERGED,
                                   [CNN_INTERRUPTED] = CNN_ENDED_INTERRUPTED,
                                   [CNN_FAILED] = CNN_ENDED_FAILED};
    cnn_callbacks *c = t->callbacks;
    const bool stopped = outcome == CNN_COMPLETED && c->stopped_by;
    bool good = true;
    observe_position(c);
    c->ending = true;
    c->seen.ended = stopped ? CNN_ENDED_STOPPED : how[outcome];
    c->seen.message = stopped ? c->stopped_by : t->message;
    for (size_t i = 0; i < c->file_count; i++)
        c->files[i].noted = c->files[i].length;
    c->findings_noted = c->findings.count;
    if (outcome == CNN_DIVERGED)
        cnn_callbacks_add_finding(c, cnn_finding_name(CNN_FINDING_DIVERGED), t->message, true);
    for (size_t i = 0; i < c->count; i++) {
        cnn_observing *o = &c->list[i];
        if (o->state)
            memcpy(o->end_state, o->state, o->plan.state_count * sizeof *o->state);
        good &= run(c, o, CNN_IN_END, report);
    }
    return good;
}
