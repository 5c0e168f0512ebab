/* state.c - a training's state to and from a checkpoint.
 *
 * Tensors: each weight by its name; optimizer/SLOT/NAME for each trained weight and slot; run/sums,
 * the sums of the epoch under way; run/rows, the rows of metrics.csv. Position and pipeline are
 * text in the metadata. What callbacks keep is in callback_state.c. */
#include "run/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/callbacks.h"
#include "run/input.h"

#define ROW_DOUBLES (sizeof(cnn_row) / sizeof(double))
_Static_assert(sizeof(cnn_row) % sizeof(double) == 0,
               "a row is doubles only, so that it can be a tensor");

/* run/sums: samples, correct, loss, seconds, wall, then metrics. Counts stay exact below 2^53. */
#define SUMS (5 + CNN_MAX_METRICS)

static void sums_of(const cnn_position *at, double sums[SUMS])
{
    const double head[] = {(double)at->totals.samples, (double)at->totals.correct, at->totals.loss,
                           at->seconds, at->wall};
    memcpy(sums, head, sizeof head);
    memcpy(sums + 5, at->totals.metric, sizeof at->totals.metric);
}

static void sums_to(const double sums[SUMS], cnn_position *at)
{
    at->totals.samples = (uint64_t)sums[0];
    at->totals.correct = (uint64_t)sums[1];
    at->totals.loss = sums[2];
    at->seconds = sums[3];
    at->wall = sums[4];
    memcpy(at->totals.metric, sums + 5, sizeof at->totals.metric);
}

static void note_number(cnn_checkpoint *checkpoint, const char *key, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    cnn_checkpoint_note(checkpoint, key, text);
}

/* As JSON text, since a checkpoint's metadata are texts. */
static void note_resumes(cnn_checkpoint *checkpoint, const json_t *resumed_with)
{
    char *text = json_dumps(resumed_with, JSON_COMPACT);
    if (text && json_array_size(resumed_with) > 0)
        cnn_checkpoint_note(checkpoint, "resumed_with", text);
    free(text);
}

bool cnn_train_save(const cnn_training *t, cnn_report *report)
{
    const cnn_network *network = t->network;
    cnn_checkpoint checkpoint = {0};
    double sums[SUMS];
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        const cnn_shape *shape = &tensor->spec.shape;
        cnn_checkpoint_add(&checkpoint, tensor->name, false, shape->rank, shape->dim,
                           cnn_network_tensor(network, tensor));
        const char *slot;
        const float *state;
        for (size_t s = 0;
             tensor->trained && (state = cnn_engine_state(t->engine, s, &slot)) != NULL; s++) {
            char *name = cnn_format("optimizer/%s/%s", slot, tensor->name);
            cnn_checkpoint_add(&checkpoint, name, false, shape->rank, shape->dim,
                               state + tensor->offset);
            free(name);
        }
    }
    sums_of(&t->position, sums);
    cnn_checkpoint_add(&checkpoint, "run/sums", true, 1, (const uint64_t[]){SUMS}, sums);
    if (t->position.row_count > 0)
        cnn_checkpoint_add(&checkpoint, "run/rows", true, 2,
                           (const uint64_t[]){t->position.row_count, ROW_DOUBLES},
                           t->position.rows);
    cnn_callbacks_note(t, &checkpoint);
    cnn_checkpoint_note(&checkpoint, "format", "cnnrun 1");
    cnn_stamp_note(t->stamp, &checkpoint);
    cnn_input_note(&t->data->train.view, &checkpoint);
    note_number(&checkpoint, "epoch", t->position.epoch);
    note_number(&checkpoint, "step", t->position.step);
    note_resumes(&checkpoint, t->resumed_with);
    const bool good =
        cnn_checkpoint_write(&checkpoint, t->dir, (uint64_t)t->pipeline->checkpoint.keep, report);
    cnn_checkpoint_free(&checkpoint);
    return good;
}

static bool unfit(const char *path, const char *what, cnn_report *report)
{
    return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                          "%s: the checkpoint does not fit the pipeline: %s", path, what);
}

bool cnn_train_load(const cnn_checkpoint *checkpoint, const char *name,
                    const cnn_weight_tensor *tensor, float *to, const char *path,
                    cnn_report *report)
{
    const cnn_record *record = cnn_checkpoint_find(checkpoint, name);
    const cnn_shape *shape = &tensor->spec.shape;
    bool good = record && !record->f64 && record->rank == shape->rank;
    for (uint64_t i = 0; good && i < shape->rank; i++)
        good = record->dim[i] == shape->dim[i];
    if (good) {
        memcpy(to, record->data, tensor->count * sizeof(float));
        return true;
    }
    char *what = cnn_format("tensor '%s' is %s", name, record ? "of another shape" : "missing");
    unfit(path, what, report);
    free(what);
    return false;
}

bool cnn_train_take_weights(cnn_network *network, const cnn_checkpoint *checkpoint,
                            const char *path, cnn_report *report)
{
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        if (!cnn_train_load(checkpoint, tensor->name, tensor, cnn_network_tensor(network, tensor),
                            path, report))
            return false;
    }
    return true;
}

static bool load_state(cnn_training *t, const cnn_checkpoint *checkpoint, const char *path,
                       cnn_report *report)
{
    const char *slot;
    float *state;
    for (size_t s = 0; (state = cnn_engine_state(t->engine, s, &slot)) != NULL; s++) {
        for (size_t i = 0; i < t->network->tensor_count; i++) {
            const cnn_weight_tensor *tensor = &t->network->tensors[i];
            if (!tensor->trained)
                continue;
            char *name = cnn_format("optimizer/%s/%s", slot, tensor->name);
            const bool good =
                cnn_train_load(checkpoint, name, tensor, state + tensor->offset, path, report);
            free(name);
            if (!good)
                return false;
        }
    }
    return true;
}

static bool read_number(const cnn_checkpoint *checkpoint, const char *key, uint64_t limit,
                        uint64_t *out)
{
    const char *text = cnn_checkpoint_value(checkpoint, key);
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == 0 && *out <= limit;
}

/* False if they are of no form that was ever written. Checkpoints of before rows within epochs have
 * a row for each epoch, without what a row says of its place. */
static bool load_rows(cnn_position *at, const cnn_record *rows, uint64_t epoch_steps)
{
    const uint64_t old = offsetof(cnn_row, epoch) / sizeof(double);
    const uint64_t width = rows && rows->rank == 2 ? rows->dim[1] : ROW_DOUBLES;
    at->row_count = rows && rows->rank == 2 ? rows->dim[0] : 0;
    if ((rows && (!rows->f64 || rows->rank != 2)) || (width != ROW_DOUBLES && width != old) ||
        at->row_count < at->epoch || (width == old && at->row_count != at->epoch))
        return false;
    free(at->rows);
    at->rows = cnn_alloc(at->row_count, sizeof *at->rows);
    for (uint64_t i = 0; i < at->row_count; i++) {
        cnn_row *row = &at->rows[i];
        *row = (cnn_row){.epoch = (double)(i + 1), .step = (double)((i + 1) * epoch_steps)};
        memcpy(row, (const char *)rows->data + i * width * sizeof(double), width * sizeof(double));
        if (!(row->epoch > 0 && row->epoch <= 1e15 && row->step > 0 && row->step <= 1e15))
            return false;
    }
    return true;
}

/* The position, with steps that the pipeline does not have not yet refused. */
static bool load_position(cnn_training *t, const cnn_checkpoint *checkpoint, const char *path,
                          cnn_report *report)
{
    cnn_position *at = &t->position;
    const uint64_t epoch_steps = cnn_pipeline_epoch_steps(t->pipeline, t->data->train.count);
    const cnn_record *sums = cnn_checkpoint_find(checkpoint, "run/sums");
    if (!read_number(checkpoint, "epoch", UINT32_MAX, &at->epoch) ||
        !read_number(checkpoint, "step", epoch_steps, &at->step))
        return unfit(path, "its epoch or step is missing, or beyond the pipeline's", report);
    if (!sums || !sums->f64 || sums->size != SUMS * sizeof(double))
        return unfit(path, "tensor 'run/sums' is missing or of another shape", report);
    if (!load_rows(at, cnn_checkpoint_find(checkpoint, "run/rows"), epoch_steps))
        return unfit(path, "tensor 'run/rows' is missing or of another shape", report);
    double copy[SUMS]; /* the record may lie at any address */
    memcpy(copy, sums->data, sizeof copy);
    sums_to(copy, at);
    return true;
}

/* A run that has begun more epochs, or taken more steps, than the pipeline has is not taken back to
 * an older checkpoint. */
static bool check_length(const cnn_training *t, cnn_report *report)
{
    const uint64_t begun = t->position.epoch + (t->position.step > 0);
    const uint64_t epochs = (uint64_t)t->pipeline->train.epochs;
    const uint64_t done = cnn_train_steps_done(t), steps = cnn_train_steps(t);
    if (t->pipeline->train.steps != INT64_MIN)
        return done <= steps ||
               cnn_report_add(
                   report, CNN_EXIT_PIPELINE, CNN_NOWHERE,
                   "%s: the run has taken step %llu, but train.steps is %llu; a run cannot go "
                   "back, so it must be %llu or more",
                   t->dir, (unsigned long long)done, (unsigned long long)steps,
                   (unsigned long long)done);
    return begun <= epochs ||
           cnn_report_add(
               report, CNN_EXIT_PIPELINE, CNN_NOWHERE,
               "%s: the run has begun epoch %llu, but train.epochs is %llu; a run cannot go "
               "back, so it must be %llu or more",
               t->dir, (unsigned long long)begun, (unsigned long long)epochs,
               (unsigned long long)begun);
}

static void load_resumes(json_t *resumed_with, const cnn_checkpoint *checkpoint)
{
    const char *text = cnn_checkpoint_value(checkpoint, "resumed_with");
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    json_array_clear(resumed_with);
    if (json_is_array(list))
        json_array_extend(resumed_with, list);
    json_decref(list);
}

typedef struct restoring {
    cnn_training *training;
    cnn_resume resume;
    bool refused; /* one is sound and fits, but may not be used */
} restoring;

static cnn_fit refused(restoring *r)
{
    r->refused = true;
    return CNN_FIT_REFUSED;
}

static cnn_fit restore(void *context, cnn_checkpoint *checkpoint, const char *path,
                       cnn_report *report)
{
    restoring *r = context;
    cnn_training *t = r->training;
    if (!cnn_checkpoint_value(checkpoint, "epoch") || !cnn_checkpoint_value(checkpoint, "step") ||
        !cnn_checkpoint_value(checkpoint, "pipeline")) {
        unfit(path, "it has no epoch, step or pipeline", report);
        return CNN_FITS_NOT;
    }
    load_resumes(t->resumed_with, checkpoint);
    if (!cnn_stamp_compare(t->stamp, checkpoint, t->dir, r->resume, t->resumed_with, report))
        return refused(r);
    if (!cnn_train_take_weights(t->network, checkpoint, path, report) ||
        !load_state(t, checkpoint, path, report) || !load_position(t, checkpoint, path, report) ||
        !cnn_callbacks_take(t, checkpoint, path, report))
        return CNN_FITS_NOT;
    t->saved = (cnn_saved){.any = true, .epoch = t->position.epoch, .step = t->position.step};
    return check_length(t, report) ? CNN_FITS : refused(context);
}

bool cnn_train_restore(cnn_training *t, cnn_resume resume, bool *found, cnn_report *report)
{
    restoring r = {t, resume, false};
    if (cnn_checkpoint_restore(t->dir, restore, &r, found, report))
        return true;
    if (!r.refused && cnn_report_code(report) == CNN_EXIT_OUTPUT)
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: no checkpoint can be used; to start this training over, delete its "
                       "folder",
                       t->dir);
    return false;
}

void cnn_train_begin(cnn_training *t)
{
    const uint64_t classes = t->network->classes;
    t->position = (cnn_position){0};
    t->resumed_with = json_array();
    t->confusion =
        classes <= CNN_MAX_CONFUSION ? cnn_alloc(classes * classes, sizeof(uint64_t)) : NULL;
}

void cnn_train_end(cnn_training *t)
{
    free(t->position.rows);
    free(t->confusion);
    json_decref(t->resumed_with);
    free(t->message);
}
