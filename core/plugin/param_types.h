/* param_types.h - what the param*.c and host_param.c share about tables and the types in them. */
#ifndef CNN_PLUGIN_PARAM_TYPES_H
#define CNN_PLUGIN_PARAM_TYPES_H

#include "plugin/param.h"

/* Most entries of a table, and of a choice. */
#define CNN_PARAM_MAX 64u

/* By CNN_BOOL, CNN_INTEGER, ... */
extern const struct cnn_param_type {
    const char *name;
    const char *words; /* for messages: "an integer" */
    size_t size;       /* of the field in the plugin's struct */
} cnn_param_types[];

/* A value of any type, laid out as in the plugin's struct. */
typedef union cnn_param_value {
    int32_t index;
    int64_t integer;
    double real;
    const char *text;
    cnn_shape shape;
    cnn_integers integers;
    cnn_reals reals;
    cnn_pairs pairs;
} cnn_param_value;

/* Who is being filled, where what is allocated is kept, and where faults go. */
typedef struct cnn_filling {
    const char *plugin;
    cnn_param_memory *memory;
    cnn_report *report;
    struct cnn_plugins *plugins; /* the table is one of the host's, host_param.h; NULL: a plugin's */
    bool root;                   /* it is that of the whole document */
} cnn_filling;

/* The value of `param` that `node` stands for; a fault if it is none. */
CNN_MUST_CHECK bool cnn_param_convert(const cnn_filling *filling, const cnn_param *param,
                                      const cnn_yaml *node, cnn_param_value *out);

/* Fills self with all that a table knows, as cnn_param_fill does; says nothing of other keys, which stay. */
CNN_MUST_CHECK bool cnn_param_fill_known(const cnn_filling *filling, const cnn_head *table,
                                         const cnn_yaml *given, cnn_mark mark, void *self);
/* As cnn_param_fill, also for a table of the host's own. */
CNN_MUST_CHECK bool cnn_param_fill_table(const cnn_filling *filling, const cnn_head *table,
                                         const cnn_head *beside, const cnn_yaml *given, cnn_mark mark,
                                         void *self);

/* A parameter as self holds it now, or NULL for null. */
cnn_yaml *cnn_param_node(const cnn_param *param, const void *self);

size_t cnn_param_count_choices(const cnn_param *param);

#endif
