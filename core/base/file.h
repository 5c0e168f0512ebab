/* file.h - whole files: read with a bound, written so that a crash leaves the old or the new one. */
#ifndef CNN_BASE_FILE_H
#define CNN_BASE_FILE_H

#include <stdint.h>

#include "base/report.h"

#define CNN_SHA256_HEX 65 /* 64 digits and NUL */

/* The exit code of a call that failed with `error`, an errno: CNN_EXIT_SYSTEM where the system is short of
 * descriptors, processes or locks, which says nothing of the file; else `code`. Short of memory, the process
 * ends by cnn_out_of_memory(). */
int cnn_errno_code(int error, int code);
/* Adds the fault "PATH: WHAT: why", the reason being errno's, with the code cnn_errno_code(errno, code); WHAT NULL:
 * "PATH: why". Always false. */
bool cnn_errno_fault(const char *path, const char *what, int code, cnn_mark mark, cnn_report *report);

/* Reads a regular file of at most `limit` bytes into *data (NUL-terminated for convenience; the
 * caller frees; NULL on failure). Faults are added with `code` and name path and reason. */
CNN_MUST_CHECK bool cnn_file_read(const char *path, uint64_t limit, int code, char **data, uint64_t *size,
                                  cnn_report *report);

/* The same for a file of which only a part is needed: opens it if it is a regular one, gives its size,
 * and never waits (as a pipe without a writer would have it). The caller closes; -1 with a fault. */
CNN_MUST_CHECK int cnn_file_open(const char *path, int code, uint64_t *size, cnn_report *report);
/* `size` bytes from `offset` on. False with a fault, also when the file ends before. */
CNN_MUST_CHECK bool cnn_file_read_part(int file, const char *path, uint64_t offset, void *data, uint64_t size,
                                       int code, cnn_report *report);

/* True if there is nothing at the path. What cannot be looked at (no descriptor, no right to) is there: to
 * open it then tells why. */
bool cnn_file_is_missing(const char *path);
/* The same where it must be known: *there says whether something is at the path. False where it cannot be looked
 * at, with a fault as cnn_errno_fault has it. */
CNN_MUST_CHECK bool cnn_file_look(const char *path, bool *there, const char *what, int code, cnn_report *report);

/* One piece of a file to be written. */
typedef struct cnn_piece {
    const void *data;
    uint64_t size;
} cnn_piece;

/* What a file is written under before it gets its name; a kill may leave it. */
#define CNN_FILE_TEMPORARY ".tmp"

/* Writes the pieces to "PATH.tmp", flushes it to the disk, renames it to PATH and flushes the folder.
 * With `previous` not NULL, what was at PATH becomes `previous` first; a kill at any instant leaves PATH
 * complete (without hard links in the file system: PATH or `previous`). When it fails, the temporary
 * file is removed, PATH is what it was, and a fault with CNN_EXIT_OUTPUT names the file, and `previous` where
 * that could not be made, and errno. Only when flushing the folder fails, PATH is new already. What is at PATH and no regular file (a device, a
 * link) is refused. */
CNN_MUST_CHECK bool cnn_file_write(const char *path, const char *previous, const cnn_piece *pieces,
                                   size_t count, cnn_report *report);

/* Cuts the file at `length` bytes, or makes it where that is 0, and adds `count` bytes there, which are then on the
 * disk. Regular files only. Fault: CNN_EXIT_OUTPUT, also where the file is shorter. */
CNN_MUST_CHECK bool cnn_file_extend(const char *path, uint64_t length, const void *bytes, uint64_t count,
                                    cnn_report *report);

/* Makes a folder and its parents; an existing folder is fine. */
CNN_MUST_CHECK bool cnn_folder_make(const char *path, cnn_report *report);

/* The path made absolute against the current folder, "." and ".." parts kept as they are but for a
 * leading "./"; the caller frees. */
char *cnn_path_absolute(const char *path);
/* realpath(): the path without links; NULL and errno where it leads nowhere; the caller frees. */
char *cnn_path_real(const char *path);
/* "a/b"; the caller frees. */
char *cnn_path_join(const char *folder, const char *name);

/* SHA-256 of the pieces in their order, as lower-case hex. */
void cnn_sha256(const cnn_piece *pieces, size_t count, char hex[CNN_SHA256_HEX]);

/* The same for pieces that are not in memory together. The end frees it. */
typedef struct cnn_hash cnn_hash;
cnn_hash *cnn_hash_new(void);
void cnn_hash_add(cnn_hash *hash, const void *data, size_t size);
void cnn_hash_end(cnn_hash *hash, char hex[CNN_SHA256_HEX]);

#endif
