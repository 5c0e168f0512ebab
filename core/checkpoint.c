/* checkpoint.c - a state of a run as a safetensors file, with a checksum. */
#include "checkpoint.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "memory.h"
#include "text.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are stored as they lie in memory");

/* A header is at most 16 MiB, far more than any network's: parsed JSON takes 16 times its space. */
#define HEADER_LIMIT ((uint64_t)16 << 20)
#define FILE_LIMIT ((uint64_t)16 << 30)
#define LENGTH sizeof(uint64_t) /* what stands before the header */
#define METADATA "__metadata__"
/* Where the checksum is. No JSON string can hold this, since it would write \" for the quotes. */
#define BEFORE_DIGITS "\"checksum\":\""
#define DIGITS (CNN_SHA256_HEX - 1)

/* The tensor's bytes; false when they are more than 2^64. */
static bool size_of(bool f64, uint64_t rank, const uint64_t *dim, uint64_t *size)
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
    CNN_BUG_IF(rank > CNN_CHECKPOINT_MAX_RANK || !size_of(f64, rank, dim, &record.size));
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
    bool good = json_object_set_new(metadata, "checksum", json_sprintf("%0*d", DIGITS, 0)) == 0;
    for (size_t i = 0; i < checkpoint->metadata_count; i++) {
        const char *key = checkpoint->keys[i];
        CNN_BUG_IF(json_object_get(metadata, key));
        good &= json_object_set_new(metadata, key, json_string(checkpoint->values[i])) == 0;
    }
    good &= json_object_set_new(header, METADATA, metadata) == 0;
    uint64_t begin = 0;
    for (size_t i = 0; i < checkpoint->count; begin += records[i++].size) {
        CNN_BUG_IF(json_object_get(header, records[i].name));
        good &= json_object_set_new(header, records[i].name, json_of(&records[i], begin)) == 0;
    }
    char *json = good ? json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS) : NULL, *padded = NULL;
    if (json && strlen(json) < HEADER_LIMIT && begin < FILE_LIMIT - 2 * HEADER_LIMIT)
        padded = cnn_format("%s%*s", json, (int)(-strlen(json) % 8), "");
    json_decref(header);
    free(json);
    return padded;
}

/* True if there is a checkpoint at the path, and it is sound. */
static bool is_sound(const char *path)
{
    cnn_checkpoint checkpoint;
    cnn_report ignored = {0};
    const bool sound = cnn_checkpoint_read_file(&checkpoint, path, &ignored);
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&ignored);
    return sound;
}

/* Puts the checksum into the header and writes the file. */
static bool write_file(const cnn_record *records, size_t count, char *header, const char *path,
                       const char *previous, cnn_report *report)
{
    const uint64_t length = strlen(header);
    char digits[CNN_SHA256_HEX];
    cnn_piece *pieces = cnn_alloc(count + 2, sizeof *pieces);
    pieces[0] = (cnn_piece){&length, LENGTH};
    pieces[1] = (cnn_piece){header, length};
    for (size_t i = 0; i < count; i++)
        pieces[i + 2] = (cnn_piece){records[i].data, records[i].size};
    cnn_sha256(pieces, count + 2, digits);
    memcpy(strstr(header, BEFORE_DIGITS) + strlen(BEFORE_DIGITS), digits, DIGITS);
    const bool good =
        cnn_file_write(path, is_sound(path) ? previous : NULL, pieces, count + 2, report);
    free(pieces);
    return good;
}

bool cnn_checkpoint_write(const cnn_checkpoint *checkpoint, const char *dir, cnn_report *report)
{
    const size_t count = checkpoint->count;
    cnn_record *records = cnn_alloc(count, sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] = checkpoint->records[i];
    qsort(records, count, sizeof *records, by_alignment_and_name);
    char *path = cnn_path_join(dir, CNN_CHECKPOINT);
    char *previous = cnn_path_join(dir, CNN_CHECKPOINT_PREVIOUS);
    char *header = header_of(checkpoint, records);
    bool good = header != NULL;
    if (good)
        good = write_file(records, count, header, path, previous, report);
    else
        cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE,
                       "%s: cannot be written: names and pipeline must be UTF-8 and below 16 MiB, "
                       "tensors below 16 GiB",
                       path);
    free(header);
    free(previous);
    free(path);
    free(records);
    return good;
}

/* From here on reading. What is wrong goes up as words, NULL if nothing is; they quote nothing of
 * the file, which may hold anything. */

/* The digits are zeros while the file's checksum is taken. */
static const char *verify_checksum(char *file, uint64_t size, uint64_t length)
{
    const char *end = file + LENGTH + length;
    char *found = strstr(file + LENGTH, BEFORE_DIGITS), claimed[DIGITS], digits[CNN_SHA256_HEX];
    if (!found || end - found < (ptrdiff_t)(strlen(BEFORE_DIGITS) + DIGITS))
        return "its header has no checksum";
    found += strlen(BEFORE_DIGITS);
    memcpy(claimed, found, DIGITS);
    memset(found, '0', DIGITS);
    cnn_sha256(&(cnn_piece){file, size}, 1, digits);
    memcpy(found, claimed, DIGITS);
    return memcmp(claimed, digits, DIGITS) == 0 ? NULL : "its checksum does not fit its bytes";
}

static const char *read_metadata(cnn_checkpoint *checkpoint, json_t *metadata)
{
    const char *key;
    json_t *value;
    if (!json_is_string(json_object_get(metadata, "checksum")))
        return "its metadata must be a map with a checksum";
    json_object_foreach (metadata, key, value) {
        if (!json_is_string(value))
            return "the values of its metadata must be strings";
        if (strcmp(key, "checksum") != 0)
            cnn_checkpoint_note(checkpoint, key, json_string_value(value));
    }
    return NULL;
}

static const char *read_tensor(cnn_checkpoint *checkpoint, const char *name, json_t *entry,
                               const char *data, uint64_t data_size)
{
    const char *dtype;
    json_t *shape, *item;
    json_int_t begin, end;
    size_t i;
    uint64_t size, dim[CNN_CHECKPOINT_MAX_RANK];
    if (json_unpack_ex(entry, NULL, JSON_STRICT, "{s:s, s:o, s:[I, I]}", "dtype", &dtype, "shape",
                       &shape, "data_offsets", &begin, &end) != 0)
        return "a tensor must have a dtype, a shape and two data_offsets, and nothing else";
    const bool f64 = strcmp(dtype, "F64") == 0;
    if (!f64 && strcmp(dtype, "F32") != 0)
        return "a tensor's dtype must be F32 or F64";
    if (!json_is_array(shape) || json_array_size(shape) > CNN_CHECKPOINT_MAX_RANK)
        return "a tensor's shape must be a list of at most 8 sizes";
    json_array_foreach (shape, i, item) {
        if (!json_is_integer(item) || json_integer_value(item) < 0)
            return "a tensor's shape must be of integers, 0 or more";
        dim[i] = (uint64_t)json_integer_value(item);
    }
    if (!size_of(f64, i, dim, &size))
        return "a tensor is larger than any memory";
    if (begin < 0 || end < begin || (uint64_t)end > data_size || (uint64_t)(end - begin) != size)
        return "a tensor's data_offsets must lie in the file and fit its shape";
    cnn_checkpoint_add(checkpoint, name, f64, i, dim, data + begin);
    return NULL;
}

static int by_offset(const void *a, const void *b)
{
    const cnn_record *x = a, *y = b;
    if (x->data != y->data)
        return (const char *)x->data < (const char *)y->data ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Sorts the tensors by offset; they must lie back to back and fill the file. */
static const char *verify_layout(cnn_checkpoint *checkpoint, const char *data, const char *end)
{
    if (checkpoint->count > 0)
        qsort(checkpoint->records, checkpoint->count, sizeof *checkpoint->records, by_offset);
    for (size_t i = 0; i < checkpoint->count; data += checkpoint->records[i++].size) {
        if (checkpoint->records[i].data != data)
            return "its tensors must lie back to back";
    }
    return data == end ? NULL : "its tensors must fill the file";
}

static const char *read_header(cnn_checkpoint *checkpoint, json_t *header, const char *data,
                               const char *end)
{
    const char *key, *wrong = read_metadata(checkpoint, json_object_get(header, METADATA));
    json_t *entry;
    json_object_foreach (header, key, entry) {
        if (!wrong && strcmp(key, METADATA) != 0)
            wrong = read_tensor(checkpoint, key, entry, data, (uint64_t)(end - data));
    }
    return wrong ? wrong : verify_layout(checkpoint, data, end);
}

/* `checkpoint->file`, of `size` bytes. */
static const char *read_bytes(cnn_checkpoint *checkpoint, uint64_t size)
{
    uint64_t length;
    json_error_t ignored;
    char *file = checkpoint->file;
    if (size < LENGTH)
        return "it is shorter than 8 bytes";
    memcpy(&length, file, LENGTH);
    if (length > size - LENGTH || length > HEADER_LIMIT)
        return "the length of its header is beyond its end or 16 MiB";
    const char *wrong = verify_checksum(file, size, length);
    if (wrong)
        return wrong;
    json_t *header = json_loadb(file + LENGTH, length, JSON_REJECT_DUPLICATES, &ignored);
    wrong = json_is_object(header)
                ? read_header(checkpoint, header, file + LENGTH + length, file + size)
                : "its header must be a JSON object with unique keys";
    json_decref(header);
    return wrong;
}

bool cnn_checkpoint_read_file(cnn_checkpoint *checkpoint, const char *path, cnn_report *report)
{
    uint64_t size;
    *checkpoint = (cnn_checkpoint){0};
    if (!cnn_file_read(path, FILE_LIMIT, CNN_EXIT_OUTPUT, &checkpoint->file, &size, report))
        return false;
    const char *wrong = read_bytes(checkpoint, size);
    if (!wrong)
        return true;
    cnn_checkpoint_free(checkpoint);
    return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: the checkpoint is damaged: %s",
                          path, wrong);
}

static bool is_missing(const char *path)
{
    struct stat status;
    return lstat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The one at path, which is unusable for what `why` says (nothing: it is missing), or previous. */
static bool read_either(cnn_checkpoint *checkpoint, const char *path, const char *previous,
                        cnn_report *why, cnn_report *report)
{
    if (!is_missing(path) && cnn_checkpoint_read_file(checkpoint, path, why))
        return true;
    if (is_missing(previous) || !cnn_checkpoint_read_file(checkpoint, previous, why)) {
        cnn_report_merge(report, why);
        return false;
    }
    if (why->count > 0)
        cnn_report_add(report, 0, CNN_NOWHERE, "%s; %s is used instead", why->problems[0].text,
                       previous);
    else
        cnn_report_add(report, 0, CNN_NOWHERE, "%s: is missing; %s is used instead", path,
                       previous);
    return true;
}

bool cnn_checkpoint_read(cnn_checkpoint *checkpoint, const char *dir, bool *found,
                         cnn_report *report)
{
    char *path = cnn_path_join(dir, CNN_CHECKPOINT);
    char *previous = cnn_path_join(dir, CNN_CHECKPOINT_PREVIOUS);
    cnn_report why = {0};
    *checkpoint = (cnn_checkpoint){0};
    *found = !is_missing(path) || !is_missing(previous);
    const bool good = !*found || read_either(checkpoint, path, previous, &why, report);
    cnn_report_free(&why);
    free(path);
    free(previous);
    return good;
}
