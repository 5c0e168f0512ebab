/* fuzz_metrics.c - any text as metrics.csv, for a page and for an experiment's table; where both
 * read the last row, they read the same. */
#include <math.h>

#include "base/memory.h"
#include "experiment/standing.h"
#include "fuzz.h"
#include "report/record.h"

static const char header[] =
    "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second";

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void compare(const cnn_metrics_row *row, const cnn_standing *standing)
{
    const double *v = standing->value;
    CNN_BUG_IF(!same(row->epoch, v[CNN_STANDING_EPOCHS]));
    CNN_BUG_IF(!same(row->loss, v[CNN_STANDING_LOSS]));
    CNN_BUG_IF(!same(row->accuracy, v[CNN_STANDING_ACCURACY]));
    CNN_BUG_IF(!same(row->val_loss, v[CNN_STANDING_VAL_LOSS]));
    CNN_BUG_IF(!same(row->val_accuracy, v[CNN_STANDING_VAL_ACCURACY]));
}

/* Every line behind the header is a row or is noted. */
static void check_record(const page_record *record, const char *text)
{
    size_t lines = 0;
    for (const char *at = text; *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : "")
        lines++;
    CNN_BUG_IF(record->row_count > lines || (lines > 0 && record->row_count == lines));
    CNN_BUG_IF(record->row_count + 1 < lines && record->note_count == 0);
    for (size_t i = 0; i < record->row_count; i++) {
        const double before = i ? record->rows[i - 1].epoch : 0;
        CNN_BUG_IF(!isfinite(record->rows[i].epoch) || !(record->rows[i].epoch > before));
    }
    for (size_t i = 0; i < record->note_count; i++)
        CNN_BUG_IF(!fuzz_printable(record->notes[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    page_record record = {0};
    cnn_standing standing = {.status = "untouched"};
    char *text = cnn_alloc(size + 1, 1);
    if (size > 0)
        memcpy(text, data, size);
    page_metrics_read(&record, text);
    check_record(&record, text);
    free(fuzz_file("metrics.csv", data, size));
    cnn_standing_follow(&standing, fuzz_folder());
    CNN_BUG_IF(strcmp(standing.status, "untouched") != 0);
    if (record.row_count > 0 && record.note_count == 0 && strlen(text) == size &&
        strncmp(text, header, sizeof header - 1) == 0)
        compare(&record.rows[record.row_count - 1], &standing);
    page_record_free(&record);
    free(text);
    return 0;
}
