/* print.c - what the files of a run say, without times: equal for two runs that came to the same.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "record/checkpoint.h"
#include "record/results.h"
#include "walk.h"

/* ---- JSON and CSV ---------------------------------------------------------------------------- */

char *print_json(const char *text)
{
    static const char *const fleeting[] = {"images_per_second", "wall_seconds", "peak_rss_bytes",
                                           "seconds",           "resumed_with", "threads"};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return NULL;
    for (size_t i = 0; i < sizeof fleeting / sizeof fleeting[0]; i++)
        json_object_del(root, fleeting[i]);
    char *plain = json_dumps(root, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(root);
    return plain;
}

static bool is_fleeting(const char *name, size_t length)
{
    return (length == 7 && strncmp(name, "seconds", 7) == 0) ||
           (length == 17 && strncmp(name, "images_per_second", 17) == 0);
}

/* A cell's bytes: commas and newlines between quotes are part of it. */
static size_t cell_length(const char *cell)
{
    size_t length = 0;
    for (bool quoted = false; cell[length] && (quoted || !strchr(",\n", cell[length])); length++)
        quoted ^= cell[length] == '"';
    return length;
}

/* The text without its fleeting columns. Damaged: no header, a line without its end, lines of
 * unlike numbers of columns. */
static char *print_csv(const char *text, bool *damaged)
{
    bool drop[64] = {0};
    size_t columns = 0, column = 0, used = 0;
    char *plain = calloc(strlen(text) + 1, 1);
    bool header = true;
    *damaged = !*text;
    for (const char *at = text; *at && !*damaged;) {
        const size_t length = cell_length(at);
        const char end = at[length];
        if (header)
            drop[column] = is_fleeting(at, length);
        if (!drop[column])
            used += (size_t)sprintf(plain + used, "%.*s%c", (int)length, at, end ? end : ' ');
        else if (end == '\n')
            plain[used++] = '\n';
        column++;
        *damaged = !end || column >= 64 || (end == '\n' && !header && column != columns);
        if (end == '\n') {
            columns = header ? column : columns;
            header = false;
            column = 0;
        }
        at += length + (end != 0);
    }
    return plain;
}

/* ---- checkpoints ----------------------------------------------------------------------------- */

/* run/rows and run/sums with their times made zero; the rest as it is. */
static void hash_record(const cnn_record *record, char hex[CNN_SHA256_HEX])
{
    double *copy = malloc(record->size ? record->size : 1);
    memcpy(copy, record->data, record->size);
    if (strcmp(record->name, "run/sums") == 0 && record->size >= 3 * sizeof(double))
        copy[1] = copy[2] = 0; /* seconds, wall */
    if (strcmp(record->name, "run/rows") == 0)
        for (uint64_t i = 0; i + sizeof(cnn_row) <= record->size; i += sizeof(cnn_row)) {
            cnn_row row;
            memcpy(&row, (char *)copy + i, sizeof row);
            row.seconds = row.images_per_second = 0;
            memcpy((char *)copy + i, &row, sizeof row);
        }
    cnn_sha256(&(cnn_piece){copy, record->size}, 1, hex);
    free(copy);
}

static char *print_checkpoint(const char *path, bool *damaged)
{
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    char *plain = NULL;
    size_t size = 0;
    *damaged = !cnn_checkpoint_read_file(&checkpoint, path, &report);
    if (*damaged) {
        plain = walk_text("%s", report.problems[0].text);
        cnn_report_free(&report);
        return plain;
    }
    FILE *out = open_memstream(&plain, &size);
    for (size_t i = 0; i < checkpoint.metadata_count; i++)
        fprintf(out, "%s=%s\n", checkpoint.keys[i], checkpoint.values[i]);
    for (size_t i = 0; i < checkpoint.count; i++) {
        char hex[CNN_SHA256_HEX];
        hash_record(&checkpoint.records[i], hex);
        fprintf(out, "%s %s", checkpoint.records[i].name, hex);
        for (uint64_t d = 0; d < checkpoint.records[i].rank; d++)
            fprintf(out, " %llu", (unsigned long long)checkpoint.records[i].dim[d]);
        fputc('\n', out);
    }
    fclose(out);
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&report);
    return plain;
}

/* ---- files and folders ----------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

static char *print_bytes(const char *text, size_t size)
{
    char hex[CNN_SHA256_HEX];
    cnn_sha256(&(cnn_piece){text, size}, 1, hex);
    return walk_text("%zu bytes %s", size, hex);
}

static print_file print_one(const char *folder, const char *name)
{
    print_file p = {.name = walk_text("%s", name)};
    char *path = walk_text("%s/%s", folder, name);
    size_t size;
    const bool left_over = ends_with(name, ".tmp") || strstr(name, ".tmp/");
    char *text = left_over ? NULL : walk_file(path, &size);
    if (left_over) {
        p.value = walk_text("temporary");
    } else if (!text) {
        p.value = walk_text("cannot be read");
        p.damaged = true;
    } else if (ends_with(name, ".safetensors")) {
        p.value = print_checkpoint(path, &p.damaged);
    } else if (ends_with(name, ".json")) {
        p.value = print_json(text);
        p.damaged = !p.value;
        p.value = p.value ? p.value : walk_text("is no JSON");
    } else if (ends_with(name, ".csv")) {
        p.value = print_csv(text, &p.damaged);
    } else if (ends_with(name, ".html")) {
        p.damaged = !ends_with(text, "</html>\n");
        p.value = walk_text(p.damaged ? "is cut short" : "whole");
    } else {
        p.value = print_bytes(text, size);
    }
    free(text);
    free(path);
    return p;
}

print print_take(const char *folder)
{
    print p = {0};
    char **names = tree_list(folder);
    while (names[p.count])
        p.count++;
    p.files = calloc(p.count + 1, sizeof *p.files);
    for (size_t i = 0; i < p.count; i++)
        p.files[i] = print_one(folder, names[i]);
    tree_list_free(names);
    return p;
}

void print_free(print *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->files[i].name);
        free(p->files[i].value);
    }
    free(p->files);
    *p = (print){0};
}

const char *print_value(const print *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->files[i].name, name) == 0)
            return p->files[i].value;
    return NULL;
}

/* The first place at which two texts differ, for a message. */
static char *first_difference(const char *name, const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] && a[at] == b[at])
        at++;
    const size_t from = at > 40 ? at - 40 : 0;
    return walk_text("%s: expected ...%.100s... found ...%.100s...", name, a + from, b + from);
}

char *print_difference(const print *a, const print *b, bool (*ignore)(const char *name))
{
    for (size_t i = 0; i < a->count; i++) {
        const char *name = a->files[i].name, *value = print_value(b, name);
        if (ignore && ignore(name))
            continue;
        if (!value)
            return walk_text("%s is missing", name);
        if (strcmp(value, a->files[i].value) != 0)
            return first_difference(name, a->files[i].value, value);
    }
    for (size_t i = 0; i < b->count; i++)
        if (!print_value(a, b->files[i].name) && !(ignore && ignore(b->files[i].name)))
            return walk_text("%s is there, and should not be", b->files[i].name);
    return NULL;
}

char *print_key(const print *p)
{
    char *key = NULL;
    size_t size;
    FILE *out = open_memstream(&key, &size);
    for (size_t i = 0; i < p->count; i++)
        fprintf(out, "== %s\n%s\n", p->files[i].name, p->files[i].value);
    fclose(out);
    char *short_key = print_bytes(key, size);
    free(key);
    return short_key;
}

/* Rows that end an epoch: their first column is a whole number. */
static long count_epochs(const char *csv)
{
    long rows = 0;
    for (const char *end = csv ? strchr(csv, '\n') : NULL; end; end = strchr(end + 1, '\n'))
        if (end[1] && end[1 + strspn(end + 1, "0123456789")] == ',')
            rows++;
    return rows;
}

char *print_epochs(const print *p, const print *before)
{
    for (size_t i = 0; i < p->count; i++) {
        const print_file *file = &p->files[i];
        const char *old = print_value(before, file->name);
        const char *key = strstr(file->value, "\"epochs\":"); /* an experiment's has none */
        if (!key || !ends_with(file->name, "summary.json") ||
            (old && strcmp(old, file->value) == 0))
            continue;
        const int stem = (int)(strlen(file->name) - strlen("summary.json"));
        char *name = walk_text("%.*smetrics.csv", stem, file->name);
        const long epochs = strtol(key + 9, NULL, 10);
        const long rows = count_epochs(print_value(p, name));
        char *text = walk_text("%s has %ld whole epochs, %s %ld", name, rows, file->name, epochs);
        free(name);
        if (epochs != rows)
            return text;
        free(text);
    }
    return NULL;
}
