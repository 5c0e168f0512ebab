/* checkpoint.h - a state of a run as a safetensors file, with a checksum.
 *
 * The file is what the safetensors library reads: 8 bytes little-endian header length, a JSON header
 * (sorted keys) with one entry a tensor (dtype, shape, data_offsets) and `__metadata__`, a map of
 * strings; then the tensors, back to back. `__metadata__.checksum` is the SHA-256 of the whole file
 * with the checksum's 64 digits as zeros. */
#ifndef CNN_RECORD_CHECKPOINT_H
#define CNN_RECORD_CHECKPOINT_H

#include <stdint.h>

#include "base/report.h"
#include "record/record.h"

#define CNN_CHECKPOINT "checkpoint.safetensors"
#define CNN_CHECKPOINT_PREVIOUS "checkpoint.previous.safetensors"
/* The key `format` of a checkpoint's metadata; another one is not resumed. */
#define CNN_CHECKPOINT_FORMAT "cnnrun 2"

#define CNN_CHECKPOINT_MAX_RANK 8

/* One tensor: F32 or F64, row-major, little-endian. */
typedef struct cnn_record {
    char *name;
    bool f64;            /* else F32 */
    uint64_t rank, dim[CNN_CHECKPOINT_MAX_RANK];
    const void *data;    /* writing: the caller's; reading: inside `file` */
    uint64_t size;       /* in bytes */
} cnn_record;

typedef struct cnn_checkpoint {
    cnn_record *records; /* in any order when writing; by offset after reading */
    size_t count, capacity;
    char **keys, **values; /* metadata, without the checksum */
    size_t metadata_count, metadata_capacity;
    char *file;          /* reading: the file's bytes */
} cnn_checkpoint;

/* Building one up; strings are copied, tensor data is not. */
void cnn_checkpoint_add(cnn_checkpoint *checkpoint, const char *name, bool f64, uint64_t rank,
                        const uint64_t *dim, const void *data);
void cnn_checkpoint_note(cnn_checkpoint *checkpoint, const char *key, const char *value);

/* The path of a checkpoint: age 0 is the newest, 1 the previous one, 2 and up those before it, as
 * checkpoint.previous-2.safetensors. The caller frees. */
char *cnn_checkpoint_path(const char *dir, uint64_t age);

/* Writes DIR/checkpoint.safetensors, safely; what was there becomes the previous one, and so on, so that
 * `keep` files (1 to CNN_CHECKPOINT_MOST) stay. If what was there is damaged, it is replaced, and the
 * previous one stays: a damaged file never takes the place of a sound one. Tensors and keys have unique
 * names, "checksum" is not among the keys. Faults: CNN_EXIT_OUTPUT with path and reason. */
CNN_MUST_CHECK bool cnn_checkpoint_write(const cnn_checkpoint *checkpoint, const char *dir, uint64_t keep,
                                         cnn_report *report);

/* Reads and verifies one file: length, JSON, each tensor's dtype, shape, offsets (inside the file,
 * gapless, no overlap), checksum. Nothing is allocated on the word of the header alone. Faults:
 * CNN_EXIT_OUTPUT. */
CNN_MUST_CHECK bool cnn_checkpoint_read_file(cnn_checkpoint *checkpoint, const char *path, cnn_report *report);

/* What a caller makes of a checkpoint that is sound. */
typedef enum cnn_fit {
    CNN_FITS,
    CNN_FITS_NOT,     /* with a fault: an older one is to be tried */
    CNN_FIT_REFUSED,  /* with a fault: no older one may take its place */
} cnn_fit;
typedef cnn_fit cnn_checkpoint_use(void *context, cnn_checkpoint *checkpoint, const char *path,
                                   cnn_report *report);

/* Hands DIR's newest checkpoint to `use`; if it is missing, damaged or does not fit, the one before it,
 * with a warning that says why, and so on. *found is false, and nothing is wrong, when there is none. When
 * none fits, that is a fault, with the words on all of them. */
CNN_MUST_CHECK bool cnn_checkpoint_restore(const char *dir, cnn_checkpoint_use *use, void *context, bool *found,
                                           cnn_report *report);
/* The same for a caller whom every sound one fits; it frees it. */
CNN_MUST_CHECK bool cnn_checkpoint_read(cnn_checkpoint *checkpoint, const char *dir, bool *found, cnn_report *report);

const cnn_record *cnn_checkpoint_find(const cnn_checkpoint *checkpoint, const char *name);
const char *cnn_checkpoint_value(const cnn_checkpoint *checkpoint, const char *key);
void cnn_checkpoint_free(cnn_checkpoint *checkpoint);

#endif
