/* param_types.h - what param.c, param_lint.c and param_resolved.c share about a parameter's type. */
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
} cnn_filling;

/* The value of `param` that `node` stands for; a fault if it is none. */
CNN_MUST_CHECK bool cnn_param_convert(const cnn_filling *filling, const cnn_param *param,
                                      const cnn_yaml *node, cnn_param_value *out);

size_t cnn_param_count_choices(const cnn_param *param);

#endif
