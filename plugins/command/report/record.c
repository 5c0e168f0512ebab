/* record.c - a run's folder as far as it can be read; what cannot be read is said in words. */
#include "report/record.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "record/checkpoint.h"
#include "record/folder.h"
#include "record/summary.h"
#include "report/origin.h"
#include "yaml/tree.h"

#define MAX_NOTES 20u
#define MAX_CLASSES 1024u

/* True if training has left something in the folder, as far as can be told. */
static bool has_begun(const char *dir)
{
    return cnn_run_has(dir, CNN_RUN_SUMMARY) || cnn_run_has(dir, CNN_RUN_METRICS) ||
           cnn_run_has(dir, CNN_CHECKPOINT) || cnn_run_has(dir, CNN_CHECKPOINT_PREVIOUS);
}

/* Whether the file was seen. */
static bool holds(const char *dir, const char *name)
{
    char *path = cnn_path_join(dir, name);
    cnn_report unheard = {0};
    bool there;
    const bool told = cnn_file_look(path, &there, "cannot be read", CNN_EXIT_OUTPUT, &unheard);
    cnn_report_free(&unheard);
    free(path);
    return told && there;
}

/* A file that cannot be told to be there makes no run of an experiment: the others say what the
 * folder is. */
bool page_record_is_run(const char *dir)
{
    return holds(dir, CNN_RUN_PIPELINE) || holds(dir, CNN_RUN_SUMMARY) ||
           holds(dir, CNN_RUN_METRICS) || holds(dir, CNN_CHECKPOINT) ||
           holds(dir, CNN_CHECKPOINT_PREVIOUS);
}

void page_record_note(page_record *record, const char *format, ...)
{
    va_list args;
    if (record->note_count > MAX_NOTES)
        return;
    va_start(args, format);
    record->notes = cnn_realloc(record->notes, record->note_count + 1, sizeof *record->notes);
    record->notes[record->note_count] = record->note_count < MAX_NOTES
                                            ? cnn_format_va(format, args)
                                            : cnn_strdup("there is more that could not be read");
    record->note_count++;
    va_end(args);
}

static void note_line(page_record *record, const cnn_report *report, size_t i)
{
    char *line = cnn_report_line(report, i);
    page_record_note(record, "%s", line);
    free(line);
}

static void note_unread(page_record *record, const cnn_report *report)
{
    char *line = cnn_report_line(report, 0);
    page_record_note(record, "%s", line);
    cnn_report_add(&record->unread, 0, CNN_NOWHERE, "%s; the page goes without it", line);
    free(line);
}

/* A file's text, of `size` bytes, or NULL with a note of why. */
static char *read_text(page_record *record, const char *name, uint64_t limit, uint64_t *size)
{
    cnn_report report = {0};
    char *path = cnn_path_join(record->dir, name), *text = NULL;
    if (!cnn_run_has(record->dir, name)) {
        page_record_note(record, "%s is not there", name);
    } else if (!cnn_file_read(path, limit, CNN_EXIT_OUTPUT, &text, size, &report)) {
        note_unread(record, &report);
    }
    cnn_report_free(&report);
    free(path);
    return text;
}

/* Whether the last epoch ended with a loss that is a number; without metrics the summary knows. */
static bool is_finite(const page_record *record)
{
    if (record->row_count == 0)
        return !json_is_null(json_object_get(record->summary, CNN_KEY_LOSS));
    const cnn_metrics_row *last = &record->rows[record->row_count - 1];
    return isfinite(last->loss) && isfinite(last->val_loss);
}

static void read_summary(page_record *record)
{
    cnn_report report = {0};
    json_error_t error;
    const bool there = cnn_run_has(record->dir, CNN_RUN_SUMMARY);
    json_t *root = cnn_summary_read(record->dir, &error, &report);
    record->status = "unfinished";
    if (report.count)
        note_unread(record, &report);
    else if (!there)
        page_record_note(record, "the run goes on, or was killed: there is no " CNN_RUN_SUMMARY);
    else if (!root)
        page_record_note(record, CNN_RUN_SUMMARY ": line %d: %s", error.line, error.text);
    else if (!json_is_object(root))
        page_record_note(record, CNN_RUN_SUMMARY ": this is no JSON object");
    if (json_is_object(root))
        (void)json_object_update(record->summary, root);
    const cnn_outcome outcome = cnn_outcome_find(page_record_text(record, CNN_KEY_STATUS));
    if (outcome < CNN_OUTCOMES)
        record->status = cnn_outcome_name(outcome);
    else if (there && !report.count)
        page_record_note(record, CNN_RUN_SUMMARY " does not say how the run ended");
    cnn_report_free(&report);
    json_decref(root);
}

/* What the pipeline says of the run's name, and of the data behind the val_ columns. */
static void read_pipeline(page_record *record)
{
    cnn_report report = {0};
    uint64_t size;
    record->pipeline = read_text(record, CNN_RUN_PIPELINE, 1 << 20, &size);
    cnn_yaml *root =
        record->pipeline ? cnn_yaml_parse(record->pipeline, size, CNN_RUN_PIPELINE, &report) : NULL;
    const cnn_yaml *data = cnn_yaml_get(root, "data"), *name = cnn_yaml_get(root, "name");
    if (record->pipeline && !root)
        note_line(record, &report, 0);
    if (data) {
        const cnn_yaml *validation = cnn_yaml_get(data, "validation");
        record->validation_known = true;
        record->validates_on_test = !validation || validation->type == CNN_YAML_NULL;
    }
    record->title = cnn_strdup(name && name->type == CNN_YAML_STRING ? name->text : record->label);
    cnn_yaml_free(root);
    cnn_report_free(&report);
}

/* Without an epoch there need be no metrics. */
static void read_metrics(page_record *record)
{
    const bool expected =
        strcmp(record->status, "unfinished") == 0 || page_record_number(record, CNN_KEY_EPOCHS) > 0;
    char *text = NULL;
    uint64_t size;
    if (expected || cnn_run_has(record->dir, CNN_RUN_METRICS))
        text = read_text(record, CNN_RUN_METRICS, CNN_RUN_METRICS_LIMIT, &size);
    record->metrics_unread = !text && cnn_run_has(record->dir, CNN_RUN_METRICS);
    if (text && strlen(text) < size)
        page_record_note(record, CNN_RUN_METRICS ": a zero byte ends what can be read of it");
    if (text)
        page_metrics_read(record, text);
    free(text);
}

/* In an experiment all runs may share the pipeline's name. */
static void take_title(page_record *record)
{
    cnn_report report = {0};
    record->depth = page_origin_depth(record->dir, &record->experiment, &report);
    for (size_t i = 0; i < report.count; i++)
        note_line(record, &report, i);
    cnn_report_free(&report);
    if (record->depth == 0)
        return;
    char *name = page_origin_tail(record->dir, record->depth);
    char *slash = strchr(name, '/');
    free(record->title);
    if (slash)
        *slash = '\0';
    record->title = slash ? cnn_format("%s, seed %s", name, slash + 1) : cnn_strdup(name);
    free(name);
}

void page_record_read(page_record *record, const char *dir)
{
    *record = (page_record){.dir = cnn_strdup(dir), .label = page_origin_tail(dir, 1)};
    record->summary = json_object();
    record->status = "not started";
    if (has_begun(dir)) {
        read_summary(record);
        read_metrics(record);
    }
    record->completed = cnn_outcome_find(record->status) == CNN_COMPLETED;
    if (record->completed && !is_finite(record))
        record->status = "not finite";
    else if (record->completed && cnn_summary_has(record->summary, CNN_FINDING_CHANCE))
        record->status = "at chance";
    read_pipeline(record);
    take_title(record);
}

void page_record_free(page_record *record)
{
    for (size_t i = 0; i < record->note_count; i++)
        free(record->notes[i]);
    free(record->notes);
    cnn_report_free(&record->unread);
    free(record->rows);
    free(record->pipeline);
    free(record->title);
    free(record->experiment);
    free(record->label);
    free(record->dir);
    json_decref(record->summary);
}

double page_record_number(const page_record *record, const char *key)
{
    const json_t *value = json_object_get(record->summary, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *page_record_text(const page_record *record, const char *key)
{
    return json_string_value(json_object_get(record->summary, key));
}

uint64_t *page_record_confusion(const page_record *record, size_t *classes)
{
    const json_t *matrix = json_object_get(record->summary, CNN_KEY_CONFUSION);
    const size_t count = json_array_size(matrix);
    if (count < 2 || count > MAX_CLASSES)
        return NULL;
    uint64_t *confusion = cnn_alloc(count * count, sizeof *confusion);
    for (size_t r = 0; r < count; r++) {
        const json_t *row = json_array_get(matrix, r);
        for (size_t c = 0; c < count; c++) {
            const json_int_t value = json_integer_value(json_array_get(row, c));
            if (json_array_size(row) != count || value < 0 || value > INT64_C(1) << 40) {
                free(confusion);
                return NULL;
            }
            confusion[r * count + c] = (uint64_t)value;
        }
    }
    *classes = count;
    return confusion;
}
