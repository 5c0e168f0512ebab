/* host_param.h - parameter tables of the host's own: those of the sections of a pipeline.
 *
 * An entry is a parameter as in a plugin's table, so that types, ranges, defaults and messages are the same,
 * and what a plugin's table cannot have: keys beside those of a plugin, a list of plugins, a section, or
 * functions of its own that read and write it. Filling a struct and writing it back both follow from the table. */
#ifndef CNN_PLUGIN_HOST_PARAM_H
#define CNN_PLUGIN_HOST_PARAM_H

#include "plugin/param_types.h"
#include "plugin/plugin.h"

/* Types beside CNN_BOOL ... CNN_PLUGIN, whose field is a cnn_instance * or, with a `table`, a struct that begins
 * with CNN_PLACED_FIELDS. NULLABLE: null stands for the default, where there is one, else for nothing. */
#define CNN_PLUGINS 101u /* a pointer to such fields, and right after it a size_t, their number; min and max
                            are of the number */
#define CNN_SECTION 102u /* a map with a `table` of its own, whose offsets are into the same struct */

/* Flags. */
#define CNN_OMIT 0x10000u /* null is not written */
#define CNN_LAST 0x20000u /* it is read and written after the others of its table */

/* A plugin beside whose parameters keys of the host may stand, such as a layer's name. */
#define CNN_PLACED_FIELDS(NAME)                                                                    \
    cnn_instance *NAME;    /* NULL: none */                                                        \
    const cnn_yaml *given; /* its map, while the pipeline is being read */                         \
    cnn_mark mark;         /* of its name */

typedef struct cnn_host_param {
    cnn_param param;
    uint32_t item;         /* of plugins: bytes of one of them */
    const cnn_head *table; /* of a section; of a plugin: the keys that may stand beside its parameters */
    const char *none;      /* of a plugin: a name that stands for no plugin; or NULL */
    /* In place of what the type does; NULL: as the type does. `node` is not null where that is allowed.
     * `write` returns NULL for null. */
    bool (*read)(const cnn_filling *filling, const struct cnn_host_param *param, const cnn_yaml *node,
                 void *self);
    cnn_yaml *(*write)(const void *self);
} cnn_host_param;

/* The descriptor of a table; messages begin with NAME. */
#define CNN_HOST_TABLE(NAME, PARAMS)                                                               \
    {                                                                                              \
        .struct_size = sizeof(cnn_head), .param_size = sizeof(cnn_host_param), .name = NAME,       \
        .params = &(PARAMS)[0].param                                                               \
    }

/* Fills self (zeroed) from a document; all faults are reported. Also after a failure, the memory owns what was
 * made: strings, lists, instances. */
CNN_MUST_CHECK bool cnn_host_fill(const cnn_head *table, const cnn_yaml *root, cnn_plugins *plugins,
                                  void *self, cnn_param_memory *memory, cnn_report *report);
/* A map with everything in the table, as self holds it now. The caller frees. */
cnn_yaml *cnn_host_resolved(const cnn_head *table, const void *self);

/* What the types do, for `read` and `write` of an entry. */
CNN_MUST_CHECK bool cnn_host_read_plugin(const cnn_filling *filling, const cnn_host_param *param,
                                         const cnn_yaml *node, void *field);
cnn_yaml *cnn_host_plugin_resolved(const cnn_host_param *param, const void *field);

/* For param_fill.c: reads one entry. */
CNN_MUST_CHECK bool cnn_host_read(const cnn_filling *filling, const cnn_host_param *param,
                                  const cnn_yaml *node, void *self);

#endif
