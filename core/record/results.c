/* results.c - the numbers of a run, a row a validation, as metrics.csv: written, and read by the
 * names of columns. */
#include "record/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

static void add_number(cnn_text *text, const char *between, double value)
{
    char digits[32];
    cnn_text_add(text, "%s%s", between, cnn_format_real(value, digits));
}

static double *field(cnn_metrics_row *row, size_t column)
{
    return (double *)(void *)((char *)row + cnn_columns[column].offset);
}

uint64_t cnn_row_epoch(const cnn_row *row)
{
    return (uint64_t)ceil(row->epoch);
}

static void add_row(cnn_text *text, const cnn_row *row, size_t metrics, bool steps)
{
    cnn_metrics_row columns = {.epoch = row->epoch,
                               .loss = row->loss,
                               .accuracy = row->accuracy,
                               .val_loss = row->val_loss,
                               .val_accuracy = row->val_accuracy,
                               .learning_rate = row->learning_rate,
                               .seconds = row->seconds,
                               .images_per_second = row->images_per_second};
    for (size_t c = 0; c < CNN_FIRST_COLUMNS; c++)
        add_number(text, c ? "," : "", *field(&columns, c));
    for (size_t m = 0; m < metrics; m++) {
        add_number(text, ",", row->metric[m]);
        add_number(text, ",", row->val_metric[m]);
    }
    if (steps)
        add_number(text, ",", row->step);
    cnn_text_add(text, "\n");
}

bool cnn_results_write_metrics(const char *dir, const cnn_row *rows, uint64_t count,
                               const char *const *names, size_t metrics, bool steps,
                               cnn_report *report)
{
    cnn_text text = {0};
    for (size_t c = 0; c < CNN_FIRST_COLUMNS; c++)
        cnn_text_add(&text, "%s%s", c ? "," : "", cnn_columns[c].name);
    for (size_t m = 0; m < metrics; m++)
        cnn_text_add(&text, ",%s,val_%s", names[m], names[m]);
    cnn_text_add(&text, steps ? ",step\n" : "\n");
    for (uint64_t i = 0; i < count; i++)
        add_row(&text, &rows[i], metrics, steps);
    char *path = cnn_path_join(dir, CNN_RUN_METRICS);
    const cnn_piece piece = {text.data, text.length};
    const bool good = cnn_file_write(path, NULL, &piece, 1, report);
    free(path);
    cnn_text_free(&text);
    return good;
}

cnn_header cnn_results_header(const char *line, const char *end)
{
    cnn_header h = {.count = 0};
    for (const char *at = line; at <= end && h.count < CNN_HEADER_MOST; h.count++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const size_t size = (size_t)((comma ? comma : end) - at);
        size_t c = 0;
        while (c < CNN_COLUMNS &&
               (strlen(cnn_columns[c].name) != size || memcmp(cnn_columns[c].name, at, size) != 0))
            c++;
        h.meaning[h.count] = c;
        if (c < CNN_COLUMNS)
            h.found[c] = true;
        at = comma ? comma + 1 : end + 1;
    }
    return h;
}

bool cnn_results_row(const char *line, const char *end, const cnn_header *header,
                     cnn_metrics_row *row)
{
    const char *at = line;
    for (size_t c = 0; c < CNN_COLUMNS; c++)
        *field(row, c) = (double)NAN;
    for (size_t f = 0; f < header->count; f++) {
        char *after;
        const double value = strtod(at, &after);
        if (after == at || after > end || (after < end && *after != ',') ||
            (after == end) != (f + 1 == header->count))
            return false;
        if (header->meaning[f] < CNN_COLUMNS)
            *field(row, header->meaning[f]) = value;
        at = after + 1;
    }
    return true;
}

bool cnn_results_last(const char *text, cnn_metrics_row *row)
{
    const char *first = strchr(text, '\n'), *end = strrchr(text, '\n'), *line = end;
    if (!first || first == end || end[1])
        return false;
    while (line[-1] != '\n')
        line--;
    const cnn_header header = cnn_results_header(text, first);
    return cnn_results_row(line, end, &header, row);
}
