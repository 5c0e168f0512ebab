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

/* run/sums: samples, seconds, wall, then the sums of all that is measured. */
#define SUMS 3

static double *sums_of(const cnn_training *t, uint64_t *count)
{
    const cnn_position *at = &t->position;
    const uint64_t measured = t->network->measures.sums;
    double *sums = cnn_alloc(SUMS + measured, sizeof *sums);
    const double head[SUMS] = {(double)at->totals.samples, at->seconds, at->wall};
    memcpy(sums, head, sizeof head);
    memcpy(sums + SUMS, at->totals.sums, measured * sizeof *sums);
    *count = SUMS + measured;
    return sums;
}

/* The record may lie at any address. */
static bool load_sums(cnn_training *t, const cnn_record *record)
{
    cnn_position *at = &t->position;
    const uint64_t measured = t->network->measures.sums * sizeof(double);
    double head[SUMS];
    if (!record || !record->f64 || record->size != sizeof head + measured)
        return false;
    memcpy(head, record->data, sizeof head);
    if (!(head[0] >= 0 && head[0] <= 0x1p53))
        return false;
    memcpy(at->totals.sums, (const char *)record->data + sizeof head, measured);
    at->totals.samples = (uint64_t)head[0];
    at->seconds = head[1];
    at->wall = head[2];
    return true;
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
    uint64_t sum_count;
    double *sums = sums_of(t, &sum_count);
    cnn_engine_exchange(t->engine); /* with a mean, it is what predictions use */
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
    cnn_checkpoint_add(&checkpoint, "run/sums", true, 1, &sum_count, sums);
    if (t->position.row_count > 0)
        cnn_checkpoint_add(&checkpoint, "run/rows", true, 2,
                           (const uint64_t[]){t->position.row_count, ROW_DOUBLES},
                           t->position.rows);
    cnn_callbacks_note(t, &checkpoint);
    cnn_checkpoint_note(&checkpoint, "format", CNN_CHECKPOINT_FORMAT);
    cnn_stamp_note(t->stamp, &checkpoint);
    cnn_input_note(&t->data->train.view, &checkpoint);
    note_number(&checkpoint, "epoch", t->position.epoch);
    note_number(&checkpoint, "step", t->position.step);
    note_resumes(&checkpoint, t->resumed_with);
    const bool good =
        cnn_checkpoint_write(&checkpoint, t->dir, (uint64_t)t->pipeline->checkpoint.keep, report);
    cnn_engine_exchange(t->engine);
    cnn_checkpoint_free(&checkpoint);
    free(sums);
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

static bool load_rows(cnn_position *at, const cnn_record *rows)
{
    if (rows && (!rows->f64 || rows->rank != 2 || rows->dim[1] != ROW_DOUBLES))
        return false;
    free(at->rows);
    at->row_count = rows ? rows->dim[0] : 0;
    at->rows = cnn_alloc(at->row_count, sizeof *at->rows);
    if (rows)
        memcpy(at->rows, rows->data, rows->size);
    for (uint64_t i = 0; i < at->row_count; i++) {
        const cnn_row *row = &at->rows[i];
        if (!(row->epoch > 0 && row->epoch <= 1e15 && row->step > 0 && row->step <= 1e15))
            return false;
    }
    return at->row_count >= at->epoch;
}

/* The position, with steps that the pipeline does not have not yet refused. */
static bool load_position(cnn_training *t, const cnn_checkpoint *checkpoint, const char *path,
                          cnn_report *report)
{
    cnn_position *at = &t->position;
    const uint64_t epoch_steps = cnn_pipeline_epoch_steps(t->pipeline, t->data->train.count);
    if (!read_number(checkpoint, "epoch", UINT32_MAX, &at->epoch) ||
        !read_number(checkpoint, "step", epoch_steps, &at->step))
        return unfit(path, "its epoch or step is missing, or beyond the pipeline's", report);
    if (!load_sums(t, cnn_checkpoint_find(checkpoint, "run/sums")))
        return unfit(path, "tensor 'run/sums' is missing or of another shape", report);
    return load_rows(at, cnn_checkpoint_find(checkpoint, "run/rows")) ||
           unfit(path, "tensor 'run/rows' is missing or of another shape", report);
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
    const char *format = cnn_checkpoint_value(checkpoint, "format");
    if (format && strcmp(format, CNN_CHECKPOINT_FORMAT) != 0) {
        char *what =
            cnn_format("its format is '%s', and this cnnrun goes on from '" CNN_CHECKPOINT_FORMAT
                       "' alone; train anew, or with the cnnrun that wrote it",
                       format);
        unfit(path, what, report);
        free(what);
        return CNN_FITS_NOT;
    }
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
    t->position.totals.sums = cnn_alloc(t->network->measures.sums, sizeof(double));
    t->resumed_with = json_array();
    t->confusion = classes && classes <= CNN_MAX_CONFUSION
                       ? cnn_alloc(classes * classes, sizeof(uint64_t))
                       : NULL;
}

void cnn_train_end(cnn_training *t)
{
    free(t->position.rows);
    free(t->position.totals.sums);
    free(t->confusion);
    json_decref(t->resumed_with);
    free(t->message);
}
