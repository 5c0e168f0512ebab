/* metrics.c - metrics.csv read with tolerance: what is damaged is left out and said. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/results.h"
#include "report/record.h"

#define MAX_ROWS 1000000u
#define LAST_EPOCH 1e15 /* beyond, an axis of epochs has no end that is a number */

/* A run whose targets are no classes has no such columns. */
static bool is_accuracy(size_t column)
{
    return cnn_columns[column].offset == offsetof(cnn_metrics_row, accuracy) ||
           cnn_columns[column].offset == offsetof(cnn_metrics_row, val_accuracy);
}

void page_metrics_read(page_record *record, const char *text)
{
    cnn_header header = {.count = 0};
    size_t line = 0, capacity = 0;
    for (const char *at = text, *next; *at && record->row_count < MAX_ROWS; at = next) {
        const char *newline = strchr(at, '\n');
        const char *end = newline ? newline : at + strlen(at);
        next = newline ? newline + 1 : end;
        if (++line == 1) {
            header = cnn_results_header(at, end);
            for (size_t c = 0; c < CNN_FIRST_COLUMNS; c++)
                if (!header.found[c] && !is_accuracy(c))
                    page_record_note(record, CNN_RUN_METRICS ": there is no column '%s'",
                                     cnn_columns[c].name);
            continue;
        }
        cnn_metrics_row row;
        const double before = record->row_count ? record->rows[record->row_count - 1].epoch : 0;
        if (!newline || !cnn_results_row(at, end, &header, &row) || !(row.epoch > 0) ||
            row.epoch > LAST_EPOCH || row.epoch <= before) {
            page_record_note(
                record, CNN_RUN_METRICS ": line %zu is damaged or cut off, and is left out", line);
            continue;
        }
        if (record->row_count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            record->rows = cnn_realloc(record->rows, capacity, sizeof *record->rows);
        }
        record->rows[record->row_count++] = row;
    }
}
