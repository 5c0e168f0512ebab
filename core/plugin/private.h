/* private.h - what the search (plugin.c, plugin_list.c), the gates (plugin_gates.c), the attempt in another
 * process (plugin_probe.c) and the opening (plugin_open.c) share. */
#ifndef CNN_PLUGIN_PRIVATE_H
#define CNN_PLUGIN_PRIVATE_H

#include <sys/stat.h>

#include "plugin/plugin.h"

/* Leads the file at `found` through all gates of plugin.h, opens it and checks what it exports.
 * `found` is as the search composed it: links in it are not followed yet. Path and name are set;
 * NULL with faults of CNN_EXIT_PLUGIN at `mark`. */
CNN_MUST_CHECK cnn_plugin_file *cnn_plugin_load(const char *found, uint32_t kind, const char *name,
                                                cnn_mark mark, cnn_report *report);
void cnn_plugin_unload(cnn_plugin_file *file); /* frees the record; the code stays */

/* True for an errno that says that a path is not there. Where the system is short of memory or
 * descriptors, or a disk fails, nothing is known of the path. */
bool cnn_plugins_is_missing(int error);

/* What is asked of folders, and who asks. */
typedef struct cnn_plugin_question {
    const char *only; /* name; NULL: all */
    cnn_mark mark;
    cnn_report *report;
} cnn_plugin_question;
typedef struct cnn_plugin_listing {
    cnn_plugin_entry *entries;
    size_t count;
} cnn_plugin_listing;

/* What the folders hold, of one name or all, sorted, with kind 0 where a file is no plugin; faults where
 * that cannot be said. The caller frees the entries. */
cnn_plugin_listing cnn_plugins_search(const char *const *folders, size_t count,
                                      const cnn_plugin_question *question);
/* False where one of them is gone; a fault where that cannot be said. */
bool cnn_plugins_same_file(const char *a, const char *b, const cnn_plugin_question *question);

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
#define CNN_REFUSE_ERRNO(C, PATH) cnn_errno_fault(PATH, NULL, CNN_EXIT_PLUGIN, (C)->mark, (C)->report)

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

/* The path of the shared library that this code is a part of; NULL where it is a part of the program. Belongs to
 * the dynamic linker. */
const char *cnn_plugin_library(void);

/* The ABI note of a file, read only; false when it has none, with faults when it cannot be read. */
bool cnn_plugin_peek(const char *path, cnn_abi *abi, cnn_report *report);

/* The file to open for the baseline file `path`: the best variant beside it, or itself; the caller
 * frees. */
char *cnn_plugins_variant(const cnn_plugins *plugins, const char *path);

#endif
