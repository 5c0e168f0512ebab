/* results.c - the numbers of a run, a row a validation, as metrics.csv: written, and read by the
 * names of columns. */
#include "record/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

static double *field(cnn_metrics_row *row, size_t column)
{
    return (double *)(void *)((char *)row + cnn_columns[column].offset);
}

uint64_t cnn_row_epoch(const cnn_row *row)
{
    return (uint64_t)ceil(row->epoch);
}

/* Whether the rows have column c of the first ones. */
static bool has(const cnn_row_form *form, size_t c)
{
    return form->accuracy || (cnn_columns[c].offset != offsetof(cnn_metrics_row, accuracy) &&
                              cnn_columns[c].offset != offsetof(cnn_metrics_row, val_accuracy));
}

size_t cnn_row_numbers(const cnn_row *row, const cnn_row_form *form, double *out)
{
    cnn_metrics_row columns = {.epoch = row->epoch,
                               .loss = row->loss,
                               .accuracy = row->accuracy,
                               .val_loss = row->val_loss,
                               .val_accuracy = row->val_accuracy,
                               .learning_rate = row->learning_rate,
                               .seconds = row->seconds,
                               .images_per_second = row->images_per_second};
    size_t count = 0;
    for (size_t c = 0; c < CNN_FIRST_COLUMNS; c++)
        if (has(form, c))
            out[count++] = *field(&columns, c);
    for (size_t m = 0; m < form->values; m++) {
        out[count++] = row->metric[m];
        out[count++] = row->val_metric[m];
    }
    if (form->steps)
        out[count++] = row->step;
    return count;
}

char **cnn_row_names(const cnn_row_form *form, size_t *count)
{
    char **names = cnn_alloc(CNN_HEADER_MOST, sizeof *names);
    *count = 0;
    for (size_t c = 0; c < CNN_FIRST_COLUMNS; c++)
        if (has(form, c))
            names[(*count)++] = cnn_strdup(cnn_columns[c].name);
    for (size_t m = 0; m < form->values; m++) {
        names[(*count)++] = cnn_strdup(form->names[m]);
        names[(*count)++] = cnn_format("val_%s", form->names[m]);
    }
    if (form->steps)
        names[(*count)++] = cnn_strdup("step");
    return names;
}

bool cnn_results_write_metrics(const char *dir, const cnn_row *rows, uint64_t count,
                               const cnn_row_form *form, cnn_report *report)
{
    cnn_text text = {0};
    size_t columns;
    char **names = cnn_row_names(form, &columns);
    for (size_t c = 0; c < columns; c++) {
        cnn_text_add(&text, "%s%s", c ? "," : "", names[c]);
        free(names[c]);
    }
    free(names);
    for (uint64_t i = 0; i < count; i++) {
        double numbers[CNN_HEADER_MOST];
        char digits[32];
        (void)cnn_row_numbers(&rows[i], form, numbers);
        for (size_t c = 0; c < columns; c++)
            cnn_text_add(&text, "%s%s", c ? "," : "\n", cnn_format_real(numbers[c], digits));
    }
    cnn_text_add(&text, "\n");
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
