/* standing.c - where each training of an experiment stands, from its folder; results.csv. */
#include "standing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* As the summary has them; results.csv calls the last one `seconds`. */
static const char *const keys[CNN_STANDING_COLUMNS] = {
    "epochs",       "best_epoch",        "loss",      "accuracy",      "val_loss",
    "val_accuracy", "best_val_accuracy", "test_loss", "test_accuracy", "wall_seconds"};

void cnn_standing_read(cnn_standing *standing, const char *dir)
{
    json_t *root = cnn_run_read_summary(dir, NULL);
    const char *status = json_string_value(json_object_get(root, "status"));
    const char *sha256 = json_string_value(json_object_get(root, "weights_sha256"));
    (void)snprintf(standing->status, sizeof standing->status, "%s", status ? status : "");
    (void)snprintf(standing->sha256, sizeof standing->sha256, "%s", sha256 ? sha256 : "");
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++) {
        const json_t *value = json_object_get(root, keys[i]);
        standing->value[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    json_decref(root);
}

void cnn_standing_follow(cnn_standing *standing, const char *dir)
{
    char *path = cnn_path_join(dir, "metrics.csv"), *text = NULL;
    cnn_report ignored = {0};
    uint64_t size;
    double *v = standing->value;
    if (cnn_run_holds(dir, "metrics.csv") &&
        cnn_file_read(path, 1 << 26, CNN_EXIT_OUTPUT, &text, &size, &ignored) && size > 0) {
        text[size - 1] = '\0'; /* the last line's end */
        const char *last = strrchr(text, '\n');
        if (last)
            (void)sscanf(last, "%lf,%lf,%lf,%lf,%lf", &v[CNN_STANDING_EPOCHS],
                         &v[CNN_STANDING_LOSS], &v[CNN_STANDING_ACCURACY],
                         &v[CNN_STANDING_VAL_LOSS], &v[CNN_STANDING_VAL_ACCURACY]);
    }
    cnn_report_free(&ignored);
    free(text);
    free(path);
}

bool cnn_standing_ended(const cnn_standing *standing)
{
    return strcmp(standing->status, "completed") == 0 || strcmp(standing->status, "diverged") == 0;
}

void cnn_standing_write(const cnn_run *run, const cnn_experiment *e, const cnn_standing *standings,
                        cnn_report *report)
{
    cnn_text text = {0};
    char digits[32];
    cnn_text_add(&text, "run,seed,status");
    for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
        cnn_text_add(&text, ",%s", i == CNN_STANDING_SECONDS ? "seconds" : keys[i]);
    cnn_text_add(&text, ",weights_sha256\n");
    for (size_t t = 0; t < e->trial_count; t++) {
        const cnn_standing *s = &standings[t];
        if (!s->status[0] || s->running)
            continue;
        cnn_text_add(&text, "%s,%lld,%s", e->trials[t].run, (long long)e->trials[t].seed,
                     s->status);
        for (size_t i = 0; i < CNN_STANDING_COLUMNS; i++)
            cnn_text_add(&text, ",%s",
                         isnan(s->value[i]) ? "" : cnn_format_real(s->value[i], digits));
        cnn_text_add(&text, ",%s\n", s->sha256);
    }
    if (!cnn_run_write(run, "results.csv", text.data, report))
        CNN_BUG_IF(report->errors == 0);
    cnn_text_free(&text);
}
