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
    cnn_numbers numbers;
    cnn_texts texts;
    cnn_matrix matrix;
    const cnn_handle *plugin;
} cnn_param_value;

/* The value of `param` that `node` stands for; a fault if it is none. */
CNN_MUST_CHECK bool cnn_param_convert(const cnn_filling *filling, const cnn_param *param,
                                      const cnn_yaml *node, cnn_param_value *out);

/* The same for the types of several values; for param.c. */
CNN_MUST_CHECK bool cnn_param_convert_shape(const cnn_filling *filling, const cnn_param *param,
                                            const cnn_yaml *node, cnn_shape *out);
CNN_MUST_CHECK bool cnn_param_convert_list(const cnn_filling *filling, const cnn_param *param,
                                           const cnn_yaml *list, cnn_param_value *out);

/* For them. Says what `node` is and must be; frees `expected`. */
bool cnn_param_refuse(const cnn_filling *filling, const cnn_param *param, const cnn_yaml *node,
                      char *expected);
/* One number, in range. A real takes an integer too, but not the other way round: 32.0 filters is a slip. */
CNN_MUST_CHECK bool cnn_param_accept_number(const cnn_filling *filling, const cnn_param *param,
                                            const cnn_yaml *node);
/* The lowest number allowed: extents are 1 or more whatever the table says. */
double cnn_param_lowest(const cnn_param *param);

/* Fills self with all that a table knows, as cnn_param_fill does; says nothing of other keys, which stay. */
CNN_MUST_CHECK bool cnn_param_fill_known(const cnn_filling *filling, const cnn_head *table,
                                         const cnn_yaml *given, cnn_mark mark, void *self);

/* A parameter as self holds it now, or NULL for null. */
cnn_yaml *cnn_param_node(const cnn_param *param, const void *self);

size_t cnn_param_count_choices(const cnn_param *param);

#endif
