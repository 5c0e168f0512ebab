/* checkpoint_read.c - reads a checkpoint back, believing nothing that it says. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/checkpoint_private.h"

/* What is wrong goes up as words, NULL if nothing is; they quote nothing of
 * the file, which may hold anything. */

/* The digits are zeros while the file's checksum is taken. */
static const char *verify_checksum(char *file, uint64_t size, uint64_t length)
{
    const char *end = file + CNN_CHECKPOINT_LENGTH + length;
    char *found = cnn_checkpoint_digits(file + CNN_CHECKPOINT_LENGTH);
    char claimed[CNN_CHECKPOINT_DIGITS], digits[CNN_SHA256_HEX];
    if (!found || end - found < (ptrdiff_t)CNN_CHECKPOINT_DIGITS)
        return "its header has no checksum";
    memcpy(claimed, found, CNN_CHECKPOINT_DIGITS);
    memset(found, '0', CNN_CHECKPOINT_DIGITS);
    cnn_sha256(&(cnn_piece){file, size}, 1, digits);
    memcpy(found, claimed, CNN_CHECKPOINT_DIGITS);
    return memcmp(claimed, digits, CNN_CHECKPOINT_DIGITS) == 0
               ? NULL
               : "its checksum does not fit its bytes";
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
    if (!cnn_checkpoint_size(f64, i, dim, &size))
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
    const char *key,
        *wrong = read_metadata(checkpoint, json_object_get(header, CNN_CHECKPOINT_METADATA));
    json_t *entry;
    json_object_foreach (header, key, entry) {
        if (!wrong && strcmp(key, CNN_CHECKPOINT_METADATA) != 0)
            wrong = read_tensor(checkpoint, key, entry, data, (uint64_t)(end - data));
    }
    return wrong ? wrong : verify_layout(checkpoint, data, end);
}

/* `checkpoint->file`, of `size` bytes. */
const char *cnn_checkpoint_parse(cnn_checkpoint *checkpoint, uint64_t size)
{
    uint64_t length;
    json_error_t ignored;
    char *file = checkpoint->file;
    if (size < CNN_CHECKPOINT_LENGTH)
        return "it is shorter than 8 bytes";
    memcpy(&length, file, CNN_CHECKPOINT_LENGTH);
    if (length > size - CNN_CHECKPOINT_LENGTH || length > CNN_CHECKPOINT_HEADER_LIMIT)
        return "the length of its header is beyond its end or 16 MiB";
    const char *wrong = verify_checksum(file, size, length);
    if (wrong)
        return wrong;
    json_t *header =
        json_loadb(file + CNN_CHECKPOINT_LENGTH, length, JSON_REJECT_DUPLICATES, &ignored);
    wrong = json_is_object(header) ? read_header(checkpoint, header,
                                                 file + CNN_CHECKPOINT_LENGTH + length, file + size)
                                   : "its header must be a JSON object with unique keys";
    json_decref(header);
    return wrong;
}

bool cnn_checkpoint_read_file(cnn_checkpoint *checkpoint, const char *path, cnn_report *report)
{
    uint64_t size;
    *checkpoint = (cnn_checkpoint){0};
    if (!cnn_file_read(path, CNN_CHECKPOINT_FILE_LIMIT, CNN_EXIT_OUTPUT, &checkpoint->file, &size,
                       report))
        return false;
    const char *wrong = cnn_checkpoint_parse(checkpoint, size);
    if (!wrong)
        return true;
    cnn_checkpoint_free(checkpoint);
    return cnn_report_add(report, CNN_EXIT_OUTPUT, CNN_NOWHERE, "%s: the checkpoint is damaged: %s",
                          path, wrong);
}

/* What stands in the way of the newest ones, and which one is taken instead. */
static void warn(const char *path, const char *dir, cnn_report *why, cnn_report *report)
{
    if (why->count > 0)
        cnn_report_add(report, 0, CNN_NOWHERE, "%s; %s is used instead", why->problems[0].text,
                       path);
    else
        cnn_report_add(report, 0, CNN_NOWHERE,
                       "%s/" CNN_CHECKPOINT ": is missing; %s is used instead", dir, path);
}

/* Reads one file and hands it over. */
static cnn_fit try_file(const char *path, cnn_checkpoint_use *use, void *context,
                        cnn_report *report)
{
    cnn_checkpoint checkpoint;
    if (!cnn_checkpoint_read_file(&checkpoint, path, report)) /* a shortage says nothing of it */
        return cnn_report_code(report) == CNN_EXIT_SYSTEM ? CNN_FIT_REFUSED : CNN_FITS_NOT;
    const cnn_fit fit = use(context, &checkpoint, path, report);
    cnn_checkpoint_free(&checkpoint);
    return fit;
}

bool cnn_checkpoint_restore(const char *dir, cnn_checkpoint_use *use, void *context, bool *found,
                            cnn_report *report)
{
    cnn_report why = {0};
    cnn_fit fit = CNN_FITS_NOT;
    *found = false;
    for (uint64_t age = 0; age < CNN_CHECKPOINT_MOST && fit == CNN_FITS_NOT; age++) {
        char *path = cnn_checkpoint_path(dir, age);
        cnn_report own = {0};
        if (!cnn_file_is_missing(path)) {
            fit = try_file(path, use, context, &own);
            if (fit == CNN_FITS && age > 0)
                warn(path, dir, &why, report);
            if (fit != CNN_FITS_NOT ||
                !cnn_file_is_missing(path)) { /* it was not there after all */
                *found = true;
                cnn_report_merge(fit == CNN_FITS_NOT ? &why : report, &own);
            }
            cnn_report_free(&own);
        }
        free(path);
    }
    const bool good = fit == CNN_FITS || !*found;
    if (fit == CNN_FITS_NOT)
        cnn_report_merge(report, &why);
    cnn_report_free(&why);
    return good;
}

/* Takes the checkpoint over, and leaves an empty one to be freed. */
static cnn_fit take(void *context, cnn_checkpoint *checkpoint, const char *path, cnn_report *report)
{
    (void)path, (void)report;
    *(cnn_checkpoint *)context = *checkpoint;
    *checkpoint = (cnn_checkpoint){0};
    return CNN_FITS;
}

bool cnn_checkpoint_read(cnn_checkpoint *checkpoint, const char *dir, bool *found,
                         cnn_report *report)
{
    *checkpoint = (cnn_checkpoint){0};
    return cnn_checkpoint_restore(dir, take, checkpoint, found, report);
}
