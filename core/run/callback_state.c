/* callback_state.c - what callbacks keep, to and from a checkpoint.
 *
 * Tensors: callback/NAME/state, its numbers; callback/NAME/kept/LAYER/WEIGHT, the weights that it
 * keeps; callbacks/rate, the factor on the learning rate and that of the last step;
 * run/trained/LAYER/WEIGHT, the weights that the training goes on with, where LAYER/WEIGHT are
 * others: the mean of the option `ema`, or what `end` has put in their place. With `ema`, kept and
 * trained have a second set, kept_average and average, of the means. Texts: stopped_by,
 * stop_reason; and as JSON callback_files, the lengths of files by their names, and
 * callback_findings, a list of [code, text]. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "run/callbacks_private.h"
#include "run/state.h"

/* The tensors of `weights` and, where it is not NULL, `moving`. */
static void note_weights(const cnn_callbacks *c, const char *prefix, const float *weights,
                         const float *moving, cnn_checkpoint *checkpoint)
{
    for (size_t i = 0; i < c->network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &c->network->tensors[i];
        const float *from = tensor->in_moving ? moving : weights;
        char *name = from ? cnn_format("%s/%s", prefix, tensor->name) : NULL;
        if (from)
            cnn_checkpoint_add(checkpoint, name, false, tensor->spec.shape.rank,
                               tensor->spec.shape.dim, from + tensor->offset);
        free(name);
    }
}

/* The weights to go on with. While a checkpoint is written, weights and mean have changed places.
 */
static void note_trained(const cnn_callbacks *c, cnn_checkpoint *checkpoint)
{
    const float *weights = cnn_engine_average(c->training->engine);
    if (c->trained) {
        const cnn_weight_set set = cnn_callbacks_set(c, c->trained);
        note_weights(c, "run/trained", set.weights, set.moving, checkpoint);
        if (set.average)
            note_weights(c, "run/average", set.average, NULL, checkpoint);
    } else if (weights)
        note_weights(c, "run/trained", weights, c->network->moving, checkpoint);
}

static void note_kept(const cnn_callbacks *c, const cnn_observing *o, cnn_checkpoint *checkpoint)
{
    const cnn_weight_set set = cnn_callbacks_set(c, o->kept);
    char *kept = cnn_format("callback/%s/kept", o->label),
         *average = cnn_format("callback/%s/kept_average", o->label);
    note_weights(c, kept, set.weights, set.moving, checkpoint);
    if (set.average)
        note_weights(c, average, set.average, NULL, checkpoint);
    free(kept);
    free(average);
}

/* Takes the value, which may be NULL: nothing. */
static void note_json(cnn_checkpoint *checkpoint, const char *key, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    if (text)
        cnn_checkpoint_note(checkpoint, key, text);
    free(text);
    json_decref(value);
}

static void note_files(const cnn_callbacks *c, cnn_checkpoint *checkpoint)
{
    json_t *files = c->file_count ? json_object() : NULL;
    for (size_t i = 0; i < c->file_count; i++) {
        const cnn_appended *file = &c->files[i];
        json_object_set_new(files, file->name,
                            json_integer((json_int_t)(c->ending ? file->noted : file->length)));
    }
    note_json(checkpoint, "callback_files", files);
}

/* The findings from before `end`, since a resumed run calls `end` again. */
static void note_findings(const cnn_callbacks *c, cnn_checkpoint *checkpoint)
{
    const size_t count = c->ending ? c->findings_noted : c->findings.count;
    json_t *list = count ? json_array() : NULL;
    for (size_t i = 0; i < count; i++) {
        char *shown = cnn_printable(c->findings.lines[i], "");
        json_array_append_new(list, json_pack("[s, s]", c->findings.codes[i], shown));
        free(shown);
    }
    note_json(checkpoint, "callback_findings", list);
}

void cnn_callbacks_note(const cnn_training *t, cnn_checkpoint *checkpoint)
{
    const cnn_callbacks *c = t->callbacks;
    for (size_t i = 0; i < c->count; i++) {
        const cnn_observing *o = &c->list[i];
        char *state = cnn_format("callback/%s/state", o->label);
        if (o->state)
            cnn_checkpoint_add(checkpoint, state, true, 1, &o->plan.state_count, o->state);
        if (o->has_kept)
            note_kept(c, o, checkpoint);
        free(state);
    }
    if (c->scale != 1 || c->last_scale != 1)
        cnn_checkpoint_add(checkpoint, "callbacks/rate", true, 1, (const uint64_t[]){2}, &c->scale);
    note_trained(c, checkpoint);
    if (c->stopped_by) {
        cnn_checkpoint_note(checkpoint, "stopped_by", c->stopped_by);
        cnn_checkpoint_note(checkpoint, "stop_reason", c->stop_reason);
    }
    note_files(c, checkpoint);
    note_findings(c, checkpoint);
}

_Static_assert(offsetof(struct cnn_callbacks, last_scale) ==
                   offsetof(struct cnn_callbacks, scale) + sizeof(double),
               "both are one tensor");

/* Reads what note_weights wrote. *found is false where there is nothing. */
static bool take_weights(const cnn_callbacks *c, const char *prefix, float *weights, float *moving,
                         bool *found, const cnn_checkpoint *checkpoint, const char *path,
                         cnn_report *report)
{
    bool good = true, first = true;
    *found = false;
    for (size_t i = 0; good && i < c->network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &c->network->tensors[i];
        float *to = tensor->in_moving ? moving : weights;
        if (!to)
            continue;
        char *name = cnn_format("%s/%s", prefix, tensor->name);
        if (first)
            *found = cnn_checkpoint_find(checkpoint, name) != NULL;
        first = false;
        good =
            !*found || cnn_train_load(checkpoint, name, tensor, to + tensor->offset, path, report);
        free(name);
    }
    return good;
}

/* A tensor of `count` doubles. Where it is missing, the callback begins anew. */
static bool take_numbers(const char *name, double *numbers, uint64_t count,
                         const cnn_checkpoint *checkpoint, const char *path, cnn_report *report)
{
    const cnn_record *record = cnn_checkpoint_find(checkpoint, name);
    if (record && (!record->f64 || record->size != count * sizeof(double)))
        return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                              "%s: the checkpoint does not fit the pipeline: tensor '%s' is of "
                              "another shape",
                              path, name);
    if (record)
        memcpy(numbers, record->data, record->size);
    return true;
}

static bool take_one(const cnn_callbacks *c, cnn_observing *o, const cnn_checkpoint *checkpoint,
                     const char *path, cnn_report *report)
{
    char *state = cnn_format("callback/%s/state", o->label),
         *kept = cnn_format("callback/%s/kept", o->label),
         *average = cnn_format("callback/%s/kept_average", o->label);
    cnn_weight_set set = {0};
    bool means = true, good = !o->state || take_numbers(state, o->state, o->plan.state_count,
                                                        checkpoint, path, report);
    if (good && o->kept) {
        set = cnn_callbacks_set(c, o->kept);
        good =
            take_weights(c, kept, set.weights, set.moving, &o->has_kept, checkpoint, path, report);
    }
    if (good && o->has_kept && set.average)
        good = take_weights(c, average, set.average, NULL, &means, checkpoint, path, report);
    o->has_kept &= means;
    free(state);
    free(kept);
    free(average);
    return good;
}

/* The weights to go on with take the place of those that are in, which with `ema` are the mean. */
static bool take_trained(const cnn_callbacks *c, const cnn_checkpoint *checkpoint, const char *path,
                         cnn_report *report)
{
    float *trained = cnn_alloc(cnn_callbacks_floats(c), sizeof *trained);
    const cnn_weight_set set = cnn_callbacks_set(c, trained);
    bool found;
    cnn_callbacks_copy(c, trained);
    if (set.average)
        memcpy(set.average, c->network->weights, c->network->weight_floats * sizeof(float));
    const bool good =
        take_weights(c, "run/trained", set.weights, set.moving, &found, checkpoint, path, report) &&
        (!set.average ||
         take_weights(c, "run/average", set.average, NULL, &found, checkpoint, path, report));
    if (good)
        cnn_callbacks_put(c, trained);
    free(trained);
    return good;
}

/* Cuts a file to its length of then. Where the user has deleted or cut it, the training goes on
 * with what is there. */
static bool take_file(cnn_callbacks *c, const char *name, const char *path, uint64_t length,
                      cnn_report *report)
{
    cnn_appended *file = cnn_callbacks_file(c, name);
    struct stat status = {.st_size = 0};
    const bool gone = cnn_file_is_missing(path);
    const bool shorter = !gone && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
                         (uint64_t)status.st_size < length;
    file->length = gone || shorter ? (uint64_t)status.st_size : length;
    if (gone && length)
        cnn_report_add(report, 0, CNN_NOWHERE,
                       "%s: the file is gone; it begins anew with what is added from now on", path);
    if (shorter)
        cnn_report_add(report, 0, CNN_NOWHERE,
                       "%s: has %llu bytes, but the run had written %llu; what is added from now "
                       "on comes after what is there",
                       path, (unsigned long long)file->length, (unsigned long long)length);
    return gone || cnn_file_extend(path, file->length, NULL, 0, report);
}

static bool take_files(cnn_callbacks *c, const cnn_checkpoint *checkpoint, const char *path,
                       cnn_report *report)
{
    const char *text = cnn_checkpoint_value(checkpoint, "callback_files"), *name;
    json_t *files = text ? json_loads(text, 0, NULL) : NULL, *length;
    bool sound = !text || json_is_object(files), good = true;
    json_object_foreach (files, name, length) {
        cnn_error error;
        char *file = cnn_callbacks_path(c, name, &error); /* a hostile checkpoint may name any */
        if (!file || !json_is_integer(length) || json_integer_value(length) < 0)
            sound = false;
        else
            good &= take_file(c, name, file, (uint64_t)json_integer_value(length), report);
        free(file);
    }
    json_decref(files);
    return sound ? good
                 : cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                  "%s: the files of callbacks that it notes are not right", path);
}

/* What is not of that form is passed over, since findings decide on nothing. */
static void take_findings(cnn_callbacks *c, const cnn_checkpoint *checkpoint)
{
    const char *text = cnn_checkpoint_value(checkpoint, "callback_findings");
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *code, *line;
        if (json_unpack(json_array_get(list, i), "[s, s]", &code, &line) == 0)
            cnn_callbacks_add_finding(c, code, line, false);
    }
    json_decref(list);
}

static char *text_of(const cnn_checkpoint *checkpoint, const char *key)
{
    const char *text = cnn_checkpoint_value(checkpoint, key);
    return text ? cnn_strdup(text) : NULL;
}

bool cnn_callbacks_take(cnn_training *t, const cnn_checkpoint *checkpoint, const char *path,
                        cnn_report *report)
{
    if (!cnn_callbacks_attach(t, report)) /* another checkpoint may have been tried before */
        return false;
    cnn_callbacks *c = t->callbacks;
    for (size_t i = 0; i < c->count; i++)
        if (!take_one(c, &c->list[i], checkpoint, path, report))
            return false;
    c->stopped_by = text_of(checkpoint, "stopped_by");
    c->stop_reason = c->stopped_by ? text_of(checkpoint, "stop_reason") : NULL;
    double rate[2] = {1, 1};
    const bool good = take_numbers("callbacks/rate", rate, 2, checkpoint, path, report) &&
                      take_trained(c, checkpoint, path, report) &&
                      take_files(c, checkpoint, path, report);
    take_findings(c, checkpoint);
    c->scale = rate[0];
    c->last_scale = rate[1];
    return good;
}
