/* plugin_private.h - what the search (plugin.c), the gates (plugin_gates.c), the attempt in another
 * process (plugin_probe.c) and the opening (plugin_open.c) share. */
#ifndef CNN_PLUGIN_PRIVATE_H
#define CNN_PLUGIN_PRIVATE_H

#include <sys/stat.h>

#include "plugin.h"

/* Leads the file at `found` through all gates of plugin.h, opens it and checks what it exports.
 * `found` is as the search composed it: links in it are not followed yet. Path and name are set;
 * NULL with faults of CNN_EXIT_PLUGIN at `mark`. */
CNN_MUST_CHECK cnn_plugin_file *cnn_plugin_load(const char *found, uint32_t kind, const char *name,
                                                cnn_mark mark, cnn_report *report);
void cnn_plugin_unload(cnn_plugin_file *file); /* frees the record; the code stays */

/* A file on its way through the gates. */
typedef struct cnn_candidate {
    const char *path; /* real */
    const char *name;
    uint32_t kind;
    cnn_mark mark;
    cnn_report *report;
    struct stat stat;
    cnn_plugin_file *file;
    void *library;          /* once it is open */
    uintptr_t start, end;   /* where that is in memory */
    const void *descriptor; /* inside, of abi.kind_size bytes */
    const char *own_name;   /* that its descriptor gives; head.name is the host's */
    size_t text_bytes;      /* of its manual, all of which was read */
} cnn_candidate;

#define CNN_REFUSE(C, ...) cnn_report_add((C)->report, CNN_EXIT_PLUGIN, (C)->mark, __VA_ARGS__)
/* What a call said of a path, by errno; false. */
bool cnn_plugin_refuse_errno(cnn_candidate *c, const char *path);
/* Moves faults that know no place to the one who asked; false if there were any. */
bool cnn_plugin_pass_on(cnn_candidate *c, cnn_report *inner);

/* The gates before the file is opened; fills stat, and of the file abi and sha256. `least`: the size of
 * the smallest descriptor with all that is required. */
CNN_MUST_CHECK bool cnn_plugin_check_file(cnn_candidate *c, const char *found, uint32_t least);

/* Opens the library, to stay or not, and finds its descriptor; then checks both and reads all that the
 * host will read, with faults; then, where it was not to stay, closes it. Crashes in them are named. */
void cnn_plugin_open_library(cnn_candidate *c, bool stay);
bool cnn_plugin_read(cnn_candidate *c);
void cnn_plugin_close_library(cnn_candidate *c);

/* All three in a child process. False with a fault if that ended of it; what they find wrong without
 * dying is left to the caller, who does the same again. The child waits for the next file, until
 * cnn_plugins_settle. */
CNN_MUST_CHECK bool cnn_plugin_try(const cnn_candidate *c);

/* The ABI note of a file, read only; false when it has none, with faults when it cannot be read. */
bool cnn_plugin_peek(const char *path, cnn_abi *abi, cnn_report *report);

/* The file to open for the baseline file `path`: the best variant beside it, or itself; the caller
 * frees. */
char *cnn_plugins_variant(const cnn_plugins *plugins, const char *path);

#endif
