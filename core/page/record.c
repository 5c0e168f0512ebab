/* record.c - a run's folder as far as it can be read; what cannot be read is said in words. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "record.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "diagnose.h"
#include "file.h"
#include "memory.h"
#include "run.h"
#include "text.h"
#include "yaml.h"

#define MAX_NOTES 20u
#define MAX_CLASSES 1024u

static bool holds(const char *dir, const char *name)
{
    char *path = cnn_path_join(dir, name);
    const bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

bool page_record_is_run(const char *dir)
{
    return holds(dir, CNN_RUN_PIPELINE) || holds(dir, CNN_RUN_SUMMARY) ||
           holds(dir, "metrics.csv") || holds(dir, CNN_CHECKPOINT) ||
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

/* A file's text, or NULL with a note of why. */
static char *read_text(page_record *record, const char *name, uint64_t limit)
{
    cnn_report report = {0};
    char *path = cnn_path_join(record->dir, name), *text = NULL;
    uint64_t size;
    if (!holds(record->dir, name)) {
        page_record_note(record, "%s is not there", name);
    } else if (!cnn_file_read(path, limit, CNN_EXIT_OUTPUT, &text, &size, &report)) {
        char *line = cnn_report_line(&report, 0);
        page_record_note(record, "%s", line);
        free(line);
    }
    cnn_report_free(&report);
    free(path);
    return text;
}

static bool is_at_chance(const page_record *record)
{
    const json_t *findings = json_object_get(record->summary, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *line = json_string_value(json_array_get(findings, i));
        if (line && strstr(line, CNN_IS_CHANCE))
            return true;
    }
    return false;
}

static void read_summary(page_record *record)
{
    static const char *const known[] = {"completed", "diverged", "interrupted", "failed"};
    char *text = read_text(record, CNN_RUN_SUMMARY, 64 << 20);
    json_error_t error;
    json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
    record->status = "unfinished";
    if (text && !root)
        page_record_note(record, CNN_RUN_SUMMARY ": line %d: %s", error.line, error.text);
    else if (root && !json_is_object(root))
        page_record_note(record, CNN_RUN_SUMMARY ": this is no JSON object");
    if (json_is_object(root))
        record->summary = json_incref(root);
    else
        record->summary = json_object();
    const char *status = page_record_text(record, "status");
    for (size_t i = 0; status && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(status, known[i]) == 0)
            record->status = known[i];
    if (strcmp(record->status, "completed") == 0 && is_at_chance(record))
        record->status = "at chance";
    if (text && strcmp(record->status, "unfinished") == 0)
        page_record_note(record, CNN_RUN_SUMMARY " does not say how the run ended");
    json_decref(root);
    free(text);
}

/* What the pipeline says of the run's name, and of the data behind the val_ columns. */
static void read_pipeline(page_record *record)
{
    cnn_report report = {0};
    record->pipeline = read_text(record, CNN_RUN_PIPELINE, 1 << 20);
    cnn_yaml *root = record->pipeline ? cnn_yaml_parse(record->pipeline, strlen(record->pipeline),
                                                       CNN_RUN_PIPELINE, &report)
                                      : NULL;
    const cnn_yaml *data = cnn_yaml_get(root, "data"), *name = cnn_yaml_get(root, "name");
    if (record->pipeline && !root) {
        char *line = cnn_report_line(&report, 0);
        page_record_note(record, "%s", line);
        free(line);
    }
    if (data) {
        const cnn_yaml *validation = cnn_yaml_get(data, "validation");
        record->validation_known = true;
        record->validates_on_test = !validation || validation->type == CNN_YAML_NULL;
    }
    record->title = cnn_strdup(name && name->type == CNN_YAML_STRING ? name->text : record->label);
    cnn_yaml_free(root);
    cnn_report_free(&report);
}

/* The folder's own name: of "runs/a/" it is "a", of "." that of the current folder. */
static char *own_name(const char *dir)
{
    char *whole = realpath(dir, NULL);
    const char *slash = whole ? strrchr(whole, '/') : NULL;
    char *name = cnn_strdup(slash && slash[1] ? slash + 1 : dir);
    free(whole);
    return name;
}

void page_record_read(page_record *record, const char *dir)
{
    *record = (page_record){.dir = cnn_strdup(dir), .label = own_name(dir)};
    read_summary(record);
    read_pipeline(record);
    char *text = NULL;
    if (holds(dir, "metrics.csv") || strcmp(record->status, "diverged") != 0)
        text = read_text(record, "metrics.csv", 256 << 20);
    if (text)
        page_metrics_read(record, text);
    free(text);
}

void page_record_free(page_record *record)
{
    for (size_t i = 0; i < record->note_count; i++)
        free(record->notes[i]);
    free(record->notes);
    free(record->rows);
    free(record->pipeline);
    free(record->title);
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
    const json_t *matrix = json_object_get(record->summary, "confusion_matrix");
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
