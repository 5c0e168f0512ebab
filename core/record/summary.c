/* summary.c - summary.json: read, searched, and its parts as JSON. */
#include "record/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

json_t *cnn_summary_read(const char *dir, json_error_t *error, cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_RUN_SUMMARY), *text = NULL;
    cnn_report own = {0};
    json_error_t unheard;
    uint64_t size;
    json_t *root = NULL;
    if (!error)
        error = &unheard;
    *error = (json_error_t){.text = ""};
    bool there;
    if (cnn_file_look(path, &there, "cannot be read", CNN_EXIT_OUTPUT, &own) && there &&
        cnn_file_read(path, CNN_RUN_SUMMARY_LIMIT, CNN_EXIT_OUTPUT, &text, &size, &own))
        root = json_loadb(text, (size_t)size, JSON_REJECT_DUPLICATES, error);
    if (report)
        cnn_report_merge(report, &own);
    cnn_report_free(&own);
    free(text);
    free(path);
    return root;
}

cnn_outcome cnn_summary_outcome(const char *dir, cnn_report *report)
{
    json_t *root = cnn_summary_read(dir, NULL, report);
    const cnn_outcome outcome =
        cnn_outcome_find(json_string_value(json_object_get(root, CNN_KEY_STATUS)));
    json_decref(root);
    return outcome;
}

void cnn_summary_fail(json_t *summary, const char *reason)
{
    json_object_set_new(summary, CNN_KEY_STATUS, json_string(cnn_outcome_name(CNN_FAILED)));
    json_object_set_new(summary, CNN_KEY_FINDINGS, json_pack("[s]", reason));
    json_object_set_new(summary, CNN_KEY_FINDING_CODES,
                        json_pack("[s]", cnn_finding_name(CNN_FINDING_FAILED)));
}

json_t *cnn_run_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *cnn_run_confusion(const uint64_t *confusion, size_t classes)
{
    if (!confusion)
        return json_null();
    json_t *rows = json_array();
    for (size_t r = 0; r < classes; r++) {
        json_t *row = json_array();
        for (size_t c = 0; c < classes; c++)
            json_array_append_new(row, json_integer((json_int_t)confusion[r * classes + c]));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* Whether a text of the list is `text`, or where that is only a part of it, has it. */
static bool holds(const json_t *list, const char *text, bool part)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *entry = json_string_value(json_array_get(list, i));
        if (entry && (part ? strstr(entry, text) != NULL : strcmp(entry, text) == 0))
            return true;
    }
    return false;
}

bool cnn_summary_has(const json_t *summary, cnn_finding finding)
{
    const json_t *codes = json_object_get(summary, CNN_KEY_FINDING_CODES);
    if (json_is_array(codes))
        return holds(codes, cnn_finding_name(finding), false);
    return finding == CNN_FINDING_CHANCE &&
           holds(json_object_get(summary, CNN_KEY_FINDINGS), CNN_IS_CHANCE, true);
}
