/* standing.c - where each training of an experiment stands, from its folder; results.csv. */
#include "experiment/standing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "record/results.h"
#include "record/summary.h"

/* As the summary has them; results.csv calls the last one `seconds`. */
static const char *const keys[CNN_STANDING_COLUMNS] = {CNN_KEY_EPOCHS,
                                                       CNN_KEY_BEST_EPOCH,
                                                       CNN_KEY_LOSS,
                                                       CNN_KEY_ACCURACY,
                                                       CNN_KEY_VAL_LOSS,
                                                       CNN_KEY_VAL_ACCURACY,
                                                       CNN_KEY_BEST_VAL_ACCURACY,
                                                       CNN_KEY_TEST_LOSS,
                                                       CNN_KEY_TEST_ACCURACY,
                                                       CNN_KEY_WALL_SECONDS};

/* The first finding of a run that failed or diverged is its error. */
static char *reason_of(const json_t *root, const char *status)
{
    const json_t *findings = json_object_get(root, CNN_KEY_FINDINGS);
    const char *first = json_string_value(json_array_get(findings, 0));
    const cnn_outcome outcome = cnn_outcome_find(status);
    const bool bad = outcome == CNN_FAILED || outcome == CNN_DIVERGED;
    return bad && first ? cnn_strdup(first) : NULL;
}

void cnn_standing_read(cnn_standing *standing, const char *dir, cnn_report *report)
{
    json_t *root = cnn_summary_read(dir, NULL, report);
    const char *status = json_string_value(json_object_get(root, CNN_KEY_STATUS));
    const char *sha256 = json_string_value(json_object_get(root, CNN_KEY_WEIGHTS));
    (void)snprintf(standing->status, sizeof standing->status, "%s", status ? status : "");
    (void)snprintf(standing->sha256, sizeof standing->sha256, "%s", sha256 ? sha256 : "");
    free(standing->reason);
    standing->reason = reason_of(root, standing->status);
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++) {
        const json_t *value = json_object_get(root, keys[i]);
        standing->value[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    json_decref(root);
}

void cnn_standing_fail(cnn_standing *standing, const char *dir, int64_t seed, const char *reason,
                       cnn_report *report)
{
    json_t *root = cnn_summary_read(dir, NULL, NULL);
    char *folder = cnn_strdup(dir);
    if (!json_is_object(root))
        root = json_pack("{s:I}", CNN_KEY_SEED, (json_int_t)seed);
    cnn_summary_fail(root, reason);
    char *text = json_dumps(root, JSON_INDENT(2));
    const cnn_run run = {.dir = folder, .lock = -1};
    (void)(text && cnn_run_write(&run, CNN_RUN_SUMMARY, text, report));
    cnn_standing_read(standing, dir, report);
    free(text);
    free(folder);
    json_decref(root);
    (void)snprintf(standing->status, sizeof standing->status, "%s", cnn_outcome_name(CNN_FAILED));
    free(standing->reason);
    standing->reason = cnn_strdup(reason);
}

void cnn_standing_free(cnn_standing *standings, size_t count)
{
    for (size_t i = 0; standings && i < count; i++)
        free(standings[i].reason);
    free(standings);
}

void cnn_standing_follow(cnn_standing *standing, const char *dir)
{
    char *path = cnn_path_join(dir, CNN_RUN_METRICS), *text = NULL;
    cnn_report ignored = {0};
    cnn_metrics_row last;
    uint64_t size;
    double *v = standing->value;
    if (cnn_run_has(dir, CNN_RUN_METRICS) &&
        cnn_file_read(path, CNN_RUN_METRICS_LIMIT, CNN_EXIT_OUTPUT, &text, &size, &ignored) &&
        cnn_results_last(text, &last)) {
        v[CNN_STANDING_EPOCHS] = last.epoch;
        v[CNN_STANDING_LOSS] = last.loss;
        v[CNN_STANDING_ACCURACY] = last.accuracy;
        v[CNN_STANDING_VAL_LOSS] = last.val_loss;
        v[CNN_STANDING_VAL_ACCURACY] = last.val_accuracy;
    }
    cnn_report_free(&ignored);
    free(text);
    free(path);
}

bool cnn_standing_ended(const cnn_standing *standing)
{
    return cnn_outcome_is_final(cnn_outcome_find(standing->status));
}

/* A field of CSV, in quotes where it needs them. */
static void add_field(cnn_text *text, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        cnn_text_add(text, "%s", field);
        return;
    }
    cnn_text_add(text, "\"");
    for (; *field; field++)
        cnn_text_add(text, *field == '"' ? "\"\"" : "%c", *field);
    cnn_text_add(text, "\"");
}

void cnn_standing_write(const cnn_run *run, const cnn_experiment *e, const cnn_standing *standings,
                        cnn_report *report)
{
    cnn_text text = {0};
    char digits[32];
    cnn_text_add(&text, "run,seed,status");
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
        cnn_text_add(&text, ",%s", i == CNN_STANDING_SECONDS ? "seconds" : keys[i]);
    cnn_text_add(&text, ",weights_sha256,reason\n");
    for (size_t t = 0; t < e->trial_count; t++) {
        const cnn_standing *s = &standings[t];
        if (!s->status[0] || s->running)
            continue;
        cnn_text_add(&text, "%s,%lld,", e->trials[t].run, (long long)e->trials[t].seed);
        add_field(&text, s->status);
        for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
            cnn_text_add(&text, ",%s",
                         isnan(s->value[i]) ? "" : cnn_format_real(s->value[i], digits));
        cnn_text_add(&text, ",");
        add_field(&text, s->sha256);
        cnn_text_add(&text, ",");
        add_field(&text, s->reason ? s->reason : "");
        cnn_text_add(&text, "\n");
    }
    if (!cnn_run_write(run, CNN_RUN_RESULTS, text.data, report))
        CNN_BUG_IF(report->errors == 0);
    cnn_text_free(&text);
}
