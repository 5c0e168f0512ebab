/* checkpoint.c - a state of a run, built up and written as a safetensors file with a checksum. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "record/checkpoint_private.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are stored as they lie in memory");

bool cnn_checkpoint_size(bool f64, uint64_t rank, const uint64_t *dim, uint64_t *size)
{
    *size = f64 ? sizeof(double) : sizeof(float);
    for (uint64_t i = 0; i < rank; i++) {
        if (!cnn_mul(*size, dim[i], size))
            return false;
    }
    return true;
}

void cnn_checkpoint_add(cnn_checkpoint *checkpoint, const char *name, bool f64, uint64_t rank,
                        const uint64_t *dim, const void *data)
{
    cnn_record record = {.name = cnn_strdup(name), .f64 = f64, .rank = rank, .data = data};
    CNN_BUG_IF(rank > CNN_CHECKPOINT_MAX_RANK ||
               !cnn_checkpoint_size(f64, rank, dim, &record.size));
    for (uint64_t i = 0; i < rank; i++)
        record.dim[i] = dim[i];
    if (checkpoint->count == checkpoint->capacity) {
        checkpoint->capacity = checkpoint->capacity ? 2 * checkpoint->capacity : 16;
        checkpoint->records =
            cnn_realloc(checkpoint->records, checkpoint->capacity, sizeof *checkpoint->records);
    }
    checkpoint->records[checkpoint->count++] = record;
}

void cnn_checkpoint_note(cnn_checkpoint *checkpoint, const char *key, const char *value)
{
    if (checkpoint->metadata_count == checkpoint->metadata_capacity) {
        const size_t capacity =
            checkpoint->metadata_capacity ? 2 * checkpoint->metadata_capacity : 8;
        checkpoint->keys = cnn_realloc(checkpoint->keys, capacity, sizeof(char *));
        checkpoint->values = cnn_realloc(checkpoint->values, capacity, sizeof(char *));
        checkpoint->metadata_capacity = capacity;
    }
    checkpoint->keys[checkpoint->metadata_count] = cnn_strdup(key);
    checkpoint->values[checkpoint->metadata_count++] = cnn_strdup(value);
}

const cnn_record *cnn_checkpoint_find(const cnn_checkpoint *checkpoint, const char *name)
{
    for (size_t i = 0; i < checkpoint->count; i++) {
        if (strcmp(checkpoint->records[i].name, name) == 0)
            return &checkpoint->records[i];
    }
    return NULL;
}

const char *cnn_checkpoint_value(const cnn_checkpoint *checkpoint, const char *key)
{
    for (size_t i = 0; i < checkpoint->metadata_count; i++) {
        if (strcmp(checkpoint->keys[i], key) == 0)
            return checkpoint->values[i];
    }
    return NULL;
}

char *cnn_checkpoint_path(const char *dir, uint64_t age)
{
    if (age < 2)
        return cnn_path_join(dir, age ? CNN_CHECKPOINT_PREVIOUS : CNN_CHECKPOINT);
    char *name = cnn_format("checkpoint.previous-%llu.safetensors", (unsigned long long)age);
    char *path = cnn_path_join(dir, name);
    free(name);
    return path;
}

void cnn_checkpoint_free(cnn_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->count; i++)
        free(checkpoint->records[i].name);
    for (size_t i = 0; i < checkpoint->metadata_count; i++) {
        free(checkpoint->keys[i]);
        free(checkpoint->values[i]);
    }
    free(checkpoint->records);
    free(checkpoint->keys);
    free(checkpoint->values);
    free(checkpoint->file);
    *checkpoint = (cnn_checkpoint){0};
}

/* Doubles first: so each tensor is aligned to its own elements, which some readers need. */
static int by_alignment_and_name(const void *a, const void *b)
{
    const cnn_record *x = a, *y = b;
    return x->f64 != y->f64 ? (int)y->f64 - (int)x->f64 : strcmp(x->name, y->name);
}

static json_t *json_of(const cnn_record *record, uint64_t begin)
{
    json_t *shape = json_array();
    for (uint64_t i = 0; i < record->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)record->dim[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", record->f64 ? "F64" : "F32", "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + record->size));
}

/* The header, its checksum zeros, padded so that the tensors begin at a multiple of 8. NULL when a
 * name or note is no UTF-8, or the file would be larger than what reading takes. The caller frees.
 */
static char *header_of(const cnn_checkpoint *checkpoint, const cnn_record *records)
{
    json_t *header = json_object(), *metadata = json_object();
    bool good = json_object_set_new(metadata, "checksum",
                                    json_sprintf("%0*d", CNN_CHECKPOINT_DIGITS, 0)) == 0;
    for (size_t i = 0; i < checkpoint->metadata_count; i++) {
        const char *key = checkpoint->keys[i];
        CNN_BUG_IF(json_object_get(metadata, key));
        good &= json_object_set_new(metadata, key, json_string(checkpoint->values[i])) == 0;
    }
    good &= json_object_set_new(header, CNN_CHECKPOINT_METADATA, metadata) == 0;
    uint64_t begin = 0;
    for (size_t i = 0; i < checkpoint->count; begin += records[i++].size) {
        CNN_BUG_IF(json_object_get(header, records[i].name));
        good &= json_object_set_new(header, records[i].name, json_of(&records[i], begin)) == 0;
    }
    char *json = good ? json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS) : NULL, *padded = NULL;
    if (json && strlen(json) < CNN_CHECKPOINT_HEADER_LIMIT &&
        begin < CNN_CHECKPOINT_FILE_LIMIT - 2 * CNN_CHECKPOINT_HEADER_LIMIT)
        padded = cnn_format("%s%*s", json, (int)(-strlen(json) % 8), "");
    json_decref(header);
    free(json);
    return padded;
}

/* Whether there is a checkpoint at the path that is sound. What cannot be read may well be sound:
 * that is a fault, since a new file would take its place. */
static bool look_at(const char *path, bool *sound, cnn_report *report)
{
    cnn_checkpoint checkpoint = {0};
    uint64_t size;
    bool there;
    *sound = false;
    if (!cnn_file_look(path, &there, "cannot be read", CNN_EXIT_OUTPUT, report) ||
        (there && !cnn_file_read(path, CNN_CHECKPOINT_FILE_LIMIT, CNN_EXIT_OUTPUT, &checkpoint.file,
                                 &size, report)))
        return false;
    if (there)
        *sound = !cnn_checkpoint_parse(&checkpoint, size);
    cnn_checkpoint_free(&checkpoint);
    return true;
}

/* Inside of a JSON string the quotes have a backslash before them. */
char *cnn_checkpoint_digits(char *header)
{
    static const char before[] = "\"checksum\":\"";
    char *found = strstr(header, before);
    while (found && found > header && found[-1] == '\\')
        found = strstr(found + 1, before);
    return found ? found + strlen(before) : NULL;
}

/* Makes each of the checkpoints before the newest one older by one; the oldest one goes. Nothing is
 * lost by a kill between two renames: whoever reads looks at every age. */
static bool grow_older(const char *dir, uint64_t keep, cnn_report *report)
{
    bool good = true;
    for (uint64_t age = keep - 1; age >= 2 && good; age--) {
        char *from = cnn_checkpoint_path(dir, age - 1), *to = cnn_checkpoint_path(dir, age);
        if (rename(from, to) != 0 && errno != ENOENT)
            good = cnn_errno_fault(from, "cannot be renamed", CNN_EXIT_OUTPUT, CNN_NOWHERE, report);
        free(from);
        free(to);
    }
    return good;
}

/* Those that an earlier `keep` has left. */
static void forget(const char *dir, uint64_t keep)
{
    bool left = true;
    for (uint64_t age = keep; age < CNN_CHECKPOINT_MOST && left; age++) {
        char *path = cnn_checkpoint_path(dir, age);
        left = unlink(path) == 0;
        free(path);
    }
}

/* Puts the checksum into the header and writes the file. */
static bool write_file(const cnn_record *records, size_t count, char *header, const char *dir,
                       uint64_t keep, cnn_report *report)
{
    const uint64_t length = strlen(header);
    char digits[CNN_SHA256_HEX], *path = cnn_checkpoint_path(dir, 0);
    char *previous = cnn_checkpoint_path(dir, 1);
    cnn_piece *pieces = cnn_alloc(count + 2, sizeof *pieces);
    pieces[0] = (cnn_piece){&length, CNN_CHECKPOINT_LENGTH};
    pieces[1] = (cnn_piece){header, length};
    for (size_t i = 0; i < count; i++)
        pieces[i + 2] = (cnn_piece){records[i].data, records[i].size};
    cnn_sha256(pieces, count + 2, digits);
    memcpy(cnn_checkpoint_digits(header), digits, CNN_CHECKPOINT_DIGITS);
    bool sound = false;
    const bool good = (keep == 1 || look_at(path, &sound, report)) &&
                      (!sound || grow_older(dir, keep, report)) &&
                      cnn_file_write(path, sound ? previous : NULL, pieces, count + 2, report);
    if (good)
        forget(dir, keep);
    free(pieces);
    free(previous);
    free(path);
    return good;
}

bool cnn_checkpoint_write(const cnn_checkpoint *checkpoint, const char *dir, uint64_t keep,
                          cnn_report *report)
{
    const size_t count = checkpoint->count;
    cnn_record *records = cnn_alloc(count, sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] = checkpoint->records[i];
    qsort(records, count, sizeof *records, by_alignment_and_name);
    char *header = header_of(checkpoint, records);
    const bool good =
        header ? write_file(records, count, header, dir, keep, report)
               : cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                                "%s/" CNN_CHECKPOINT ": cannot be written: names and pipeline "
                                "must be UTF-8 and below 16 MiB, tensors below 16 GiB",
                                dir);
    free(header);
    free(records);
    return good;
}
