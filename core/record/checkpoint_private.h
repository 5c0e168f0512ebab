/* checkpoint_private.h - what writing (checkpoint.c) and reading (checkpoint_read.c) share. */
#ifndef CNN_RECORD_CHECKPOINT_PRIVATE_H
#define CNN_RECORD_CHECKPOINT_PRIVATE_H

#include <jansson.h>

#include "record/checkpoint.h"
#include "base/file.h"

/* A header is at most 16 MiB, far more than any network's: parsed JSON takes 16 times its space. */
#define CNN_CHECKPOINT_HEADER_LIMIT ((uint64_t)16 << 20)
#define CNN_CHECKPOINT_FILE_LIMIT ((uint64_t)16 << 30)
#define CNN_CHECKPOINT_LENGTH sizeof(uint64_t) /* what stands before the header */
#define CNN_CHECKPOINT_METADATA "__metadata__"
#define CNN_CHECKPOINT_DIGITS (CNN_SHA256_HEX - 1)

/* The checksum's digits in a header that ends with NUL, or NULL. */
char *cnn_checkpoint_digits(char *header);

/* The tensor's bytes; false when they are more than 2^64. */
CNN_MUST_CHECK bool cnn_checkpoint_size(bool f64, uint64_t rank, const uint64_t *dim, uint64_t *size);

/* Reads what stands in the bytes of a whole file, which checkpoint->file holds. NULL, or what is wrong
 * with them; the checkpoint is freed by the caller in both cases. */
const char *cnn_checkpoint_parse(cnn_checkpoint *checkpoint, uint64_t size);

#endif
