/* summarize.c - writes summary.json, what a run came to, at its end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/memory.h"
#include "base/text.h"
#include "record/summary.h"
#include "run/callbacks.h"
#include "run/summarize.h"

/* Over all epochs by the last row of each, the part of an epoch that it stands for. */
static double images_per_second(const cnn_position *at)
{
    double epochs = 0, inverse = 0;
    for (uint64_t i = 0; i < at->row_count; i++) {
        const cnn_row *row = &at->rows[i];
        const double begun = (double)cnn_row_epoch(row) - 1;
        if (i + 1 < at->row_count && cnn_row_epoch(row + 1) == cnn_row_epoch(row))
            continue;
        epochs += row->epoch - begun;
        inverse += (row->epoch - begun) / row->images_per_second;
    }
    return at->row_count ? epochs / inverse : (double)NAN;
}

/* The epochs that rows tell of; a part of one counts. */
static json_t *epochs_of(const cnn_row *last)
{
    const double epochs = last ? last->epoch : 0;
    return epochs == floor(epochs) ? json_integer((json_int_t)epochs) : json_real(epochs);
}

/* Of what is no UTF-8, as a path may be, the printable form. */
static json_t *text_of(const char *text)
{
    json_t *value = json_string(text);
    char *shown = value ? NULL : cnn_printable(text, "");
    if (shown)
        value = json_string(shown);
    free(shown);
    return value;
}

static json_t *text_or_null(const char *text)
{
    return text ? text_of(text) : json_null();
}

static json_t *plugin_files(const cnn_plugins *plugins)
{
    json_t *list = json_array();
    const cnn_plugin_file *file;
    for (size_t i = 0; (file = cnn_plugins_opened(plugins, i)) != NULL; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o, s:s}", CNN_KEY_PLUGIN_KIND,
                                        cnn_kind_name(file->head.kind), CNN_KEY_PLUGIN_NAME,
                                        file->head.name, CNN_KEY_PLUGIN_FILE, text_of(file->opened),
                                        CNN_KEY_PLUGIN_SHA256, file->sha256));
    return list;
}

/* {"train": SHA-256, ...} */
static json_t *fingerprints(const cnn_stamp *stamp)
{
    static const char *const splits[] = {"train", "validation", "test"};
    json_t *data = json_object();
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        char *name = cnn_format("data.%s", splits[i]);
        const char *value = cnn_stamp_value(stamp, name);
        if (value)
            json_object_set_new(data, splits[i], json_string(value));
        free(name);
    }
    return data;
}

static json_t *findings(const cnn_findings *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < found->count; i++)
        json_array_append_new(list, text_of(found->lines[i]));
    return list;
}

static json_t *finding_codes(const cnn_findings *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < found->count; i++)
        json_array_append_new(list, json_string(found->codes[i]));
    return list;
}

static json_t *summary(const cnn_training *t, const cnn_run_end *end)
{
    const cnn_position *at = &t->position;
    const cnn_row *last = at->row_count ? &at->rows[at->row_count - 1] : NULL;
    const cnn_row *best = cnn_train_best(at);
    const bool counted = cnn_train_counts_steps(t);
    struct rusage usage;
    struct utsname host = {.nodename = ""};
    char sha256[CNN_SHA256_HEX];
    cnn_network_sha256(t->network, sha256);
    getrusage(RUSAGE_SELF, &usage);
    (void)uname(&host);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o*, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, "
        "s:I, s:s, "
        "s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:O}",
        CNN_KEY_STATUS, cnn_outcome_name(end->outcome), CNN_KEY_STOPPED_BY,
        text_or_null(cnn_callbacks_stopped_by(t)), CNN_KEY_STOP_REASON,
        text_or_null(cnn_callbacks_stop_reason(t)), CNN_KEY_EPOCHS, epochs_of(last), CNN_KEY_STEPS,
        counted ? json_integer((json_int_t)cnn_train_steps_done(t)) : NULL, CNN_KEY_BEST_EPOCH,
        best ? json_integer((json_int_t)cnn_row_epoch(best)) : json_null(), CNN_KEY_SEED,
        (json_int_t)t->pipeline->seed, CNN_KEY_THREADS, (json_int_t)end->threads,
        CNN_KEY_PARAMETERS, (json_int_t)t->network->parameters, CNN_KEY_LOSS,
        cnn_run_number(last ? last->loss : (double)NAN), CNN_KEY_ACCURACY,
        cnn_run_number(last ? last->accuracy : (double)NAN), CNN_KEY_VAL_LOSS,
        cnn_run_number(last ? last->val_loss : (double)NAN), CNN_KEY_VAL_ACCURACY,
        cnn_run_number(last ? last->val_accuracy : (double)NAN), CNN_KEY_BEST_VAL_ACCURACY,
        cnn_run_number(best ? best->val_accuracy : (double)NAN), CNN_KEY_TEST_LOSS,
        cnn_run_number(end->test.samples ? end->test.loss : (double)NAN), CNN_KEY_TEST_ACCURACY,
        cnn_run_number(end->test.samples ? end->test.accuracy : (double)NAN),
        CNN_KEY_IMAGES_PER_SECOND, cnn_run_number(images_per_second(at)), CNN_KEY_WALL_SECONDS,
        cnn_run_number(at->wall), CNN_KEY_PEAK_RSS, (json_int_t)usage.ru_maxrss * 1024,
        CNN_KEY_WEIGHTS, sha256, CNN_KEY_FINDINGS, findings(cnn_callbacks_findings(t)),
        CNN_KEY_FINDING_CODES, finding_codes(cnn_callbacks_findings(t)), CNN_KEY_CONFUSION,
        cnn_run_confusion(end->test.samples ? t->confusion : NULL, t->network->classes),
        CNN_KEY_PLUGINS, plugin_files(end->plugins), CNN_KEY_DATA, fingerprints(t->stamp),
        CNN_KEY_INSTRUCTION_SET, cnn_stamp_value(t->stamp, "instruction_set"), CNN_KEY_VERSION,
        cnn_stamp_value(t->stamp, "version"), CNN_KEY_HOST, host.nodename, CNN_KEY_RESUMED_WITH,
        t->resumed_with);
}

bool cnn_summary_write(const cnn_run *run, const cnn_training *training, const cnn_run_end *end,
                       cnn_report *report)
{
    json_t *root = summary(training, end);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text)
        return cnn_report_add(report, CNN_EXIT_SYSTEM, CNN_NOWHERE,
                              "%s: the summary cannot be made", run->dir);
    char *line = cnn_format("%s\n", text);
    const bool good = cnn_run_write(run, CNN_RUN_SUMMARY, line, report);
    free(line);
    free(text);
    return good;
}
