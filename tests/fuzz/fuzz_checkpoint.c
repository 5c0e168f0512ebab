/* fuzz_checkpoint.c - any bytes as a checkpoint, its checksum made right, so that all else is met;
 * what is read can be written, and then reads the same. */
#include "base/memory.h"
#include "fuzz.h"
#include "record/checkpoint.h"

static void make_checksum_right(char *bytes, size_t size)
{
    static const char before[] = "\"checksum\":\"";
    char digits[CNN_SHA256_HEX];
    char *found = size > 8 ? strstr(bytes + 8, before) : NULL;
    if (!found || strlen(found) < sizeof before - 1 + 64)
        return;
    memset(found + sizeof before - 1, '0', 64);
    cnn_sha256(&(const cnn_piece){bytes, size}, 1, digits);
    memcpy(found + sizeof before - 1, digits, 64);
}

static void compare(const cnn_checkpoint *a, const cnn_checkpoint *b)
{
    CNN_BUG_IF(a->count != b->count || a->metadata_count != b->metadata_count);
    for (size_t i = 0; i < a->count; i++) {
        const cnn_record *left = &a->records[i], *right = cnn_checkpoint_find(b, left->name);
        CNN_BUG_IF(!right || left->f64 != right->f64 || left->rank != right->rank);
        CNN_BUG_IF(memcmp(left->dim, right->dim, left->rank * sizeof left->dim[0]) != 0);
        CNN_BUG_IF(left->size != right->size);
        CNN_BUG_IF(left->size && memcmp(left->data, right->data, left->size) != 0);
    }
    for (size_t i = 0; i < a->metadata_count; i++) {
        const char *value = cnn_checkpoint_value(b, a->keys[i]);
        CNN_BUG_IF(!value || strcmp(value, a->values[i]) != 0);
    }
}

static void write_and_read(const cnn_checkpoint *checkpoint)
{
    cnn_report report = {0};
    cnn_checkpoint again;
    bool found;
    CNN_BUG_IF(!cnn_checkpoint_write(checkpoint, fuzz_folder(), 2, &report));
    CNN_BUG_IF(!cnn_checkpoint_read(&again, fuzz_folder(), &found, &report) || !found);
    CNN_BUG_IF(report.count > 0);
    compare(checkpoint, &again);
    cnn_checkpoint_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = cnn_alloc(size + 1, 1);
    if (size > 0)
        memcpy(bytes, data, size);
    make_checksum_right(bytes, size);
    char *path = fuzz_file("fuzz.safetensors", bytes, size);
    cnn_checkpoint checkpoint;
    cnn_report report = {0};
    const bool good = cnn_checkpoint_read_file(&checkpoint, path, &report);
    fuzz_check(&report, good, CNN_EXIT_OUTPUT, 0);
    if (good)
        write_and_read(&checkpoint);
    cnn_checkpoint_free(&checkpoint);
    cnn_report_free(&report);
    free(path);
    free(bytes);
    return 0;
}
