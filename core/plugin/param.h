/* param.h - a plugin's parameter table at work: checked, filled from YAML, written back, explained. */
#ifndef CNN_PLUGIN_PARAM_H
#define CNN_PLUGIN_PARAM_H

#include <cnnrun/plugin.h>

#include "base/report.h"
#include "base/text.h"
#include "yaml/tree.h"

/* Entries of a plugin's table are `param_size` bytes apart, as its own compiler saw them. NULL past
 * the end. */
const cnn_param *cnn_param_at(const cnn_head *plugin, size_t i);
size_t cnn_param_count(const cnn_head *plugin);

/* Checks the table itself: names valid, unique and not reserved, help there, type and flags known,
 * size that of the type, field inside self_size and aligned, no overlap, choices unique, min <= max,
 * default parses and is in range; at most 64 entries. Faults are CNN_EXIT_PLUGIN and begin
 * "PATH: parameter 'x': ". */
CNN_MUST_CHECK bool cnn_param_lint(const cnn_head *plugin, const char *path, cnn_report *report);

/* What a self holds that the host made: strings, lists and other plugins. */
typedef struct cnn_param_memory {
    void **blocks;
    size_t count;
    struct cnn_instance **instances; /* plugin.h */
    size_t instance_count;
} cnn_param_memory;

/* Where the value of a parameter stands. */
typedef struct cnn_param_place {
    cnn_mark mark;    /* no file: it is a default */
    const char *text; /* of a string, as the plugin got it; NULL: of another type, or a path */
    int lead;         /* as in cnn_yaml */
} cnn_param_place;

/* The memory frees it, from now on. */
void *cnn_param_keep(cnn_param_memory *memory, void *block);
void cnn_param_memory_free(cnn_param_memory *memory);

/* Who is being filled, where what is made is kept, and where faults go. */
typedef struct cnn_filling {
    const char *plugin;
    cnn_param_memory *memory;
    cnn_report *report;
    struct cnn_plugins *plugins; /* where values that are plugins come from; NULL: such a value is only looked at */
    unsigned depth; /* in how many plugins this one stands as a parameter */
    cnn_param_place *places; /* of each entry of the table, to be filled too, zeroed; or NULL */
    bool host;      /* the table is one of the host's, host_param.h */
    bool root;      /* it is that of the whole document */
} cnn_filling;

/* Fills self (zeroed, self_size bytes) from `given` (a map; NULL, null and empty: all defaults).
 * Unknown keys (nearest name), wrong types, values out of range, missing required ones are all
 * reported, as CNN_EXIT_PIPELINE at the value's mark: "max_pooling2d: pool_size is 0; it must be 1
 * or more". A missing required one is reported at `mark`, the plugin's name. Keys of the table `beside`
 * (or NULL) may stand there too; they are not filled. */
CNN_MUST_CHECK bool cnn_param_fill(const cnn_filling *filling, const cnn_head *table, const cnn_head *beside,
                                   const cnn_yaml *given, cnn_mark mark, void *self);

/* A map with every parameter, as self holds it now. The caller frees. */
cnn_yaml *cnn_param_resolved(const cnn_head *plugin, const void *self);

/* "a real in (0, 10]", "an integer of 1 or more", "one of valid, same", "a schedule", ...; of the host's types
 * (host_param.h) "a map", "a list of 1 to 1000 layers". The caller frees. */
char *cnn_param_range(const cnn_param *param);
/* "bool", "integer", "real", "choice", "string", "shape", "integers", "reals", "pairs", "numbers", "texts",
 * "matrix", "plugin". */
const char *cnn_param_type_name(uint32_t type);

#endif
