/* results.c - the numbers of a run, a row an epoch, as metrics.csv. */
#include "run/results.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

static void add_number(cnn_text *text, double value)
{
    char digits[32];
    cnn_text_add(text, ",%s", cnn_format_real(value, digits));
}

static void add_row(cnn_text *text, uint64_t epoch, const cnn_row *row, size_t metrics)
{
    const double columns[] = {
        row->loss,          row->accuracy, row->val_loss,         row->val_accuracy,
        row->learning_rate, row->seconds,  row->images_per_second};
    cnn_text_add(text, "%llu", (unsigned long long)epoch);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        add_number(text, columns[i]);
    for (size_t m = 0; m < metrics; m++) {
        add_number(text, row->metric[m]);
        add_number(text, row->val_metric[m]);
    }
    cnn_text_add(text, "\n");
}

bool cnn_results_write_metrics(const char *dir, const cnn_row *rows, uint64_t epochs,
                               const char *const *names, size_t metrics, cnn_report *report)
{
    cnn_text text = {0};
    cnn_text_add(
        &text, "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second");
    for (size_t m = 0; m < metrics; m++)
        cnn_text_add(&text, ",%s,val_%s", names[m], names[m]);
    cnn_text_add(&text, "\n");
    for (uint64_t e = 0; e < epochs; e++)
        add_row(&text, e + 1, &rows[e], metrics);
    char *path = cnn_path_join(dir, "metrics.csv");
    const cnn_piece piece = {text.data, text.length};
    const bool good = cnn_file_write(path, NULL, &piece, 1, report);
    free(path);
    cnn_text_free(&text);
    return good;
}
