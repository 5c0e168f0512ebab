/* weights.c - weights by name: read, written, saved in a folder of their own. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/input.h"

_Static_assert(CNN_MAX_RANK == 4, "cnnrun_weight has room for as many extents");

/* LAYER/WEIGHT; what a checkpoint holds beside them has more parts, or is no float. */
static bool is_weight(const cnn_record *record)
{
    const char *slash = strchr(record->name, '/');
    return !record->f64 && record->rank <= CNN_MAX_RANK && slash && !strchr(slash + 1, '/');
}

static bool describe_tensor(const cnn_network *network, size_t i, cnnrun_weight *weight)
{
    if (i >= network->tensor_count)
        return false;
    const cnn_weight_tensor *tensor = &network->tensors[i];
    *weight = (cnnrun_weight){.name = tensor->name,
                              .rank = tensor->spec.shape.rank,
                              .count = tensor->count,
                              .trained = tensor->trained};
    memcpy(weight->dim, tensor->spec.shape.dim, sizeof weight->dim);
    return true;
}

static const cnn_record *record_at(const cnn_checkpoint *checkpoint, size_t i)
{
    for (size_t r = 0; r < checkpoint->count; r++)
        if (is_weight(&checkpoint->records[r]) && i-- == 0)
            return &checkpoint->records[r];
    return NULL;
}

/* With the floats in *values, which may lie at any address. */
static bool describe(const cnnrun_run *run, size_t i, cnnrun_weight *weight, const void **values)
{
    if (run->pipeline) {
        const cnn_network *network = run->pipeline->session.network;
        if (!describe_tensor(network, i, weight))
            return false;
        *values = cnn_network_tensor(network, &network->tensors[i]);
        return true;
    }
    const cnn_record *record = record_at(&run->checkpoint, i);
    if (!record)
        return false;
    *weight = (cnnrun_weight){.name = record->name,
                              .rank = record->rank,
                              .count = record->size / sizeof(float),
                              .trained = true};
    memcpy(weight->dim, record->dim, record->rank * sizeof record->dim[0]);
    *values = record->data;
    return true;
}

bool cnnrun_run_weight(const cnnrun_run *run, size_t i, cnnrun_weight *weight)
{
    cnnrun_weight seen;
    const void *values;
    return run && describe(run, i, &seen, &values) && cnn_struct_give(weight, &seen, sizeof seen);
}

static bool unknown(const cnnrun_run *run, const char *name, size_t count, cnn_report *report)
{
    const char **names = cnn_alloc(count, sizeof *names);
    cnnrun_weight weight;
    const void *values;
    for (size_t i = 0; i < count && describe(run, i, &weight, &values); i++)
        names[i] = weight.name;
    char *hint = cnn_suggest(name, names, count);
    cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE, "no weight is called '%s'%s", name, hint);
    free(hint);
    free(names);
    return false;
}

/* The floats of a weight that must have `count` of them; NULL with a fault. */
static const void *find(const cnnrun_run *run, const char *name, size_t count, cnn_report *report)
{
    cnnrun_weight weight;
    const void *values;
    size_t i = 0;
    while (describe(run, i, &weight, &values) && strcmp(weight.name, name) != 0)
        i++;
    if (!describe(run, i, &weight, &values)) {
        (void)unknown(run, name, i, report);
        return NULL;
    }
    if (weight.count == count)
        return values;
    cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                   "weight '%s' has %" PRIu64 " elements; %zu were given", name, weight.count,
                   count);
    return NULL;
}

bool cnnrun_run_weight_get(const cnnrun_run *run, const char *name, float *values, size_t count,
                           cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    const void *from = find(run, name, count, call.report);
    if (from)
        memcpy(values, from, count * sizeof *values);
    return cnn_call_end(&call, from != NULL);
}

static bool set(cnnrun_run *run, const char *name, const float *values, size_t count,
                cnn_report *report)
{
    if (!run->pipeline)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s: only the run's weights were opened", run->folder.dir);
    if (!find(run, name, count, report))
        return false;
    const cnn_network *network = run->pipeline->session.network;
    cnn_engine *engine = run->begun ? run->conduct.training.engine : NULL;
    float *average = engine ? cnn_engine_average(engine) : NULL;
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        if (strcmp(tensor->name, name) != 0)
            continue;
        memcpy(cnn_network_tensor(network, tensor), values, count * sizeof *values);
        if (average && !tensor->in_moving)
            memcpy(average + tensor->offset, values, count * sizeof *values);
    }
    return true;
}

bool cnnrun_run_weight_set(cnnrun_run *run, const char *name, const float *values, size_t count,
                           cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, set(run, name, values, count, call.report));
}

/* ---- saving --------------------------------------------------------------------------------- */

static bool write_weights(const cnn_session *session, const char *dir, cnn_report *report)
{
    const cnn_network *network = session->network;
    cnn_checkpoint checkpoint = {0};
    for (size_t i = 0; i < network->tensor_count; i++) {
        const cnn_weight_tensor *tensor = &network->tensors[i];
        cnn_checkpoint_add(&checkpoint, tensor->name, false, tensor->spec.shape.rank,
                           tensor->spec.shape.dim, cnn_network_tensor(network, tensor));
    }
    cnn_checkpoint_note(&checkpoint, "format", CNN_CHECKPOINT_FORMAT);
    cnn_checkpoint_note(&checkpoint, "version", CNN_VERSION);
    cnn_checkpoint_note(&checkpoint, "pipeline", session->resolved);
    cnn_input_note(&session->data.train.view, &checkpoint);
    const bool good = cnn_checkpoint_write(&checkpoint, dir, 1, report);
    cnn_checkpoint_free(&checkpoint);
    return good;
}

static bool save(const cnnrun_run *run, const char *dir, cnn_report *report)
{
    cnn_run folder = {.lock = -1};
    if (!run->pipeline)
        return cnn_report_add(report, CNN_EXIT_USAGE, CNN_NOWHERE,
                              "%s: only the run's weights were opened", run->folder.dir);
    const cnn_session *session = &run->pipeline->session;
    const bool good = cnn_run_create(&folder, dir, session->pipeline->name, report) &&
                      write_weights(session, dir, report) &&
                      cnn_run_write(&folder, CNN_RUN_PIPELINE, session->resolved, report);
    cnn_run_close(&folder);
    return good;
}

bool cnnrun_run_save(cnnrun_run *run, const char *dir, cnnrun_error *error)
{
    cnn_call call;
    if (!run)
        return false;
    cnn_call_begin(&call, error);
    return cnn_call_end(&call, save(run, dir, call.report));
}
