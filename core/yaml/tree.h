/* tree.h - a YAML document as a tree whose every node knows its line and column.
 *
 * Read with libyaml, typed by the YAML 1.2 core schema: `1e-3` is a number, `yes` is a string. One
 * document; no tags, no `<<`; duplicate keys, null, lists and maps as keys, and anchors that hold
 * themselves are errors; a number or bool as a key is taken by its text. Bounded: 1 MiB of text, 64
 * levels, 100,000 nodes with aliases expanded, keys of 128 bytes. Only yaml_read.c includes <yaml.h>. */
#ifndef CNN_YAML_TREE_H
#define CNN_YAML_TREE_H

#include <stdint.h>

#include "base/report.h"

/* Bounds that cnn_yaml_set keeps too. libyaml reads no key of more than 1024 characters, escapes
 * included, without a `?` before it; so those of 128 bytes can be written in any way. */
#define CNN_YAML_LEVELS 64
#define CNN_YAML_KEY_BYTES 128

typedef enum cnn_yaml_type {
    CNN_YAML_NULL,
    CNN_YAML_BOOL,
    CNN_YAML_INTEGER, /* fits int64_t; larger ones are REAL */
    CNN_YAML_REAL,    /* .inf and .nan too */
    CNN_YAML_STRING,
    CNN_YAML_LIST,
    CNN_YAML_MAP,
} cnn_yaml_type;

typedef struct cnn_yaml {
    cnn_yaml_type type;
    cnn_mark mark;           /* of the value */
    bool flow;               /* a list or map that is written on one line */
    bool boolean;
    int64_t integer;
    double real;             /* of an INTEGER too */
    int lead;                /* of a scalar: columns from the mark to its text; -1: that stands there in another form */
    char *text;              /* of a scalar: as it was written; of a STRING its contents */
    size_t count, capacity;  /* of a list or map */
    struct cnn_yaml **items; /* values */
    struct cnn_yaml **keys;  /* of a map: STRING nodes with marks of their own; else NULL */
} cnn_yaml;

/* Parses text; `file` is for messages and must outlive tree and report. NULL with faults of
 * CNN_EXIT_PIPELINE when the text is not acceptable. An empty document is a null node. */
CNN_MUST_CHECK cnn_yaml *cnn_yaml_parse(const char *text, size_t size, const char *file, cnn_report *report);
/* The same from a file. A missing file is a fault of CNN_EXIT_PIPELINE too. */
CNN_MUST_CHECK cnn_yaml *cnn_yaml_read(const char *path, cnn_report *report);
void cnn_yaml_free(cnn_yaml *node);
cnn_yaml *cnn_yaml_copy(const cnn_yaml *node);

/* The value at `key`, or NULL; also NULL when `map` is NULL or no map. */
cnn_yaml *cnn_yaml_get(const cnn_yaml *map, const char *key);

/* Building. The functions that take a node own it from then on; marks of new nodes are nowhere. */
cnn_yaml *cnn_yaml_new(cnn_yaml_type type);
cnn_yaml *cnn_yaml_string(const char *text);
cnn_yaml *cnn_yaml_integer(int64_t value);
cnn_yaml *cnn_yaml_real(double value);
cnn_yaml *cnn_yaml_bool(bool value);
cnn_yaml *cnn_yaml_plain(const char *text); /* a scalar of the type that `text` has without quotes */
void cnn_yaml_push(cnn_yaml *list, cnn_yaml *item);
void cnn_yaml_put(cnn_yaml *map, const char *key, cnn_yaml *value); /* replaces what is at key */
/* Adds an item without a look at those there: `key` is NULL in a list. */
void cnn_yaml_append(cnn_yaml *node, cnn_yaml *key, cnn_yaml *item);

/* Sets the value at `path` (keys joined by dots, list items by number from 0) to `text`, which is YAML. A
 * string `x` counts as the map `x: {}`, so `loss.hinge.margin` works on `loss: hinge`; but where a plugin's
 * place holds another name (`loss: x` or `loss: {x: ...}`), it is replaced whole by `hinge: {...}`. Missing
 * keys are made; `null` maps count as empty. An index outside its list is a fault that gives the list's
 * length. Faults are CNN_EXIT_PIPELINE; the tree may then be changed in part. Marks of the new nodes name
 * `origin` (e.g. "--set loss.hinge.margin=2"; must outlive the tree) with line 0, so faults in the value
 * read "--set ...: what". */
CNN_MUST_CHECK bool cnn_yaml_set(cnn_yaml *root, const char *path, const char *text, const char *origin,
                                 cnn_report *report);
/* The same with the value as a node, which it owns from then on and whose marks stay; those of keys that
 * it makes, and of faults in the path, are `mark`. */
CNN_MUST_CHECK bool cnn_yaml_set_node(cnn_yaml *root, const char *path, cnn_yaml *value, cnn_mark mark,
                                      cnn_report *report);

/* Gives every node of a tree the same mark. */
void cnn_yaml_set_marks(cnn_yaml *node, cnn_mark mark);

/* The tree as YAML text that parses back to the same tree; strings are quoted where they would read
 * as something else. The caller frees. */
char *cnn_yaml_emit(const cnn_yaml *root);

/* "a list", "the string 'x'", "1.5": what stands there, for messages. The caller frees. */
char *cnn_yaml_describe(const cnn_yaml *node);

/* Two equal keys in a map are faults of CNN_EXIT_PIPELINE at the second one. */
CNN_MUST_CHECK bool cnn_yaml_check_keys(const cnn_yaml *map, cnn_report *report);

#endif
