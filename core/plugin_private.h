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

/* An attempt at a file in a process of its own: the three functions are called there, in this order,
 * and what they crash of is reported, CNN_EXIT_PLUGIN with the file's name. What they find wrong
 * without dying of it is left to the caller, who does the same again. */
typedef struct cnn_plugin_probe {
    void (*open)(void *argument), (*read)(void *argument), (*close)(void *argument);
    void *argument;
    const char *path;
    cnn_mark mark;
} cnn_plugin_probe;
CNN_MUST_CHECK bool cnn_plugin_try(const cnn_plugin_probe *probe, cnn_report *report);

/* The ABI note of a file, read only; false when it has none or cannot be read. */
bool cnn_plugin_peek(const char *path, cnn_abi *abi);

/* The file to open for the baseline file `path`: the best variant beside it, or itself; the caller
 * frees. */
char *cnn_plugins_variant(const cnn_plugins *plugins, const char *path);

#endif
