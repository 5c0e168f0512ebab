/* keys.h - the maps of a pipeline: some of their keys, and words on the others. */
#ifndef CNN_PIPELINE_KEYS_H
#define CNN_PIPELINE_KEYS_H

#include "pipeline/pipeline.h"

#define CNN_KEYS_OWN 8u /* the host's keys beside a plugin's parameters, at most */

/* A map that shares the entries of `map` whose keys are in `keys` (keep) or are not (!keep). Only
 * its arrays are its own: free with cnn_keys_drop. What is no map is shared whole. */
cnn_yaml cnn_keys_part(const cnn_yaml *map, const char *const *keys, size_t count, bool keep);
void cnn_keys_drop(cnn_yaml *part);

/* Reports the keys of a map (or NULL) that are not in `known`; `what` begins the sentence. */
void cnn_keys_refuse(const cnn_yaml *map, const char *what, const char *const *known, size_t count,
                     cnn_report *report);

/* The map at `key`, NULL where it is missing or no map (which is reported). */
const cnn_yaml *cnn_keys_section(const cnn_yaml *root, const char *key, cnn_report *report);

/* Fills a settings struct from the keys of `map` (or NULL) that its table knows. */
void cnn_keys_fill(const cnn_head *table, const cnn_yaml *map, cnn_mark mark, void *self,
                   const char *const *keys, size_t count, cnn_report *report);

/* A plugin beside whose parameters the host's `own` keys may stand; NULL with faults. */
cnn_instance *cnn_keys_make(cnn_plugins *plugins, uint32_t kind, const char *name,
                            const cnn_yaml *given, cnn_mark mark, const char *const *own,
                            size_t own_count, cnn_report *report);

#endif
