/* plugin_private.h - what the search (plugin.c) and the gates (plugin_open.c) share. */
#ifndef CNN_PLUGIN_PRIVATE_H
#define CNN_PLUGIN_PRIVATE_H

#include "plugin.h"

/* Leads the file at `found` through all gates of plugin.h, opens it and checks what it exports.
 * `found` is as the search composed it: links in it are not followed yet. Path and name are set;
 * NULL with faults of CNN_EXIT_PLUGIN at `mark`. */
CNN_MUST_CHECK cnn_plugin_file *cnn_plugin_load(const char *found, uint32_t kind, const char *name,
                                                cnn_mark mark, cnn_report *report);
void cnn_plugin_unload(cnn_plugin_file *file); /* frees the record; the code stays */

/* The ABI note of a file, read only; false when it has none or cannot be read. */
bool cnn_plugin_peek(const char *path, cnn_abi *abi);

/* The file to open for the baseline file `path`: the best variant beside it, or itself; the caller
 * frees. */
char *cnn_plugins_variant(const cnn_plugins *plugins, const char *path);

#endif
