/* metrics.c - metrics.csv read with tolerance: what is damaged is left out and said. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/record.h"

#define MAX_COLUMNS 64
#define MAX_ROWS 1000000u
#define LAST_EPOCH 1e15 /* beyond, an axis of epochs has no end that is a number */

typedef struct column {
    const char *name;
    size_t offset;
} column;

static const column columns[] = {
    {"epoch", offsetof(page_row, epoch)},
    {"loss", offsetof(page_row, loss)},
    {"accuracy", offsetof(page_row, accuracy)},
    {"val_loss", offsetof(page_row, val_loss)},
    {"val_accuracy", offsetof(page_row, val_accuracy)},
    {"learning_rate", offsetof(page_row, learning_rate)},
    {"seconds", offsetof(page_row, seconds)},
    {"images_per_second", offsetof(page_row, images_per_second)},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

/* What stands in a file's column: an index into `columns`, or COLUMNS for others. */
typedef struct header {
    size_t meaning[MAX_COLUMNS];
    size_t count;
} header;

static void read_header(page_record *record, const char *line, size_t length, header *h)
{
    bool found[COLUMNS] = {false};
    const char *end = line + length;
    for (const char *at = line; at <= end && h->count < MAX_COLUMNS; h->count++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const size_t size = (size_t)((comma ? comma : end) - at);
        size_t c = 0;
        while (c < COLUMNS &&
               (strlen(columns[c].name) != size || memcmp(columns[c].name, at, size) != 0))
            c++;
        h->meaning[h->count] = c;
        if (c < COLUMNS)
            found[c] = true;
        at = comma ? comma + 1 : end + 1;
    }
    for (size_t c = 0; c < COLUMNS; c++)
        if (!found[c])
            page_record_note(record, "metrics.csv: there is no column '%s'", columns[c].name);
}

/* False where a field is missing or no number. */
static bool read_row(const char *line, const char *end, const header *h, page_row *row)
{
    const char *at = line;
    for (size_t c = 0; c < COLUMNS; c++)
        *(double *)(void *)((char *)row + columns[c].offset) = (double)NAN;
    for (size_t f = 0; f < h->count; f++) {
        char *after;
        const double value = strtod(at, &after);
        if (after == at || after > end || (after < end && *after != ',') ||
            (after == end) != (f + 1 == h->count))
            return false;
        if (h->meaning[f] < COLUMNS)
            *(double *)(void *)((char *)row + columns[h->meaning[f]].offset) = value;
        at = after + 1;
    }
    return row->epoch >= 1 && row->epoch <= LAST_EPOCH;
}

void page_metrics_read(page_record *record, const char *text)
{
    header h = {.count = 0};
    size_t line = 0, capacity = 0;
    for (const char *at = text, *next; *at && record->row_count < MAX_ROWS; at = next) {
        const char *newline = strchr(at, '\n');
        const char *end = newline ? newline : at + strlen(at);
        next = newline ? newline + 1 : end;
        if (++line == 1) {
            read_header(record, at, (size_t)(end - at), &h);
            continue;
        }
        page_row row;
        const double before = record->row_count ? record->rows[record->row_count - 1].epoch : 0;
        if (!newline || !read_row(at, end, &h, &row) || row.epoch <= before) {
            page_record_note(record, "metrics.csv: line %zu is damaged or cut off, and is left out",
                             line);
            continue;
        }
        if (record->row_count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            record->rows = cnn_realloc(record->rows, capacity, sizeof *record->rows);
        }
        record->rows[record->row_count++] = row;
    }
}
