/* set.c - a value set by its path in a tree: settings of the command line and of an experiment. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "yaml/tree.h"

/* Where the walk is: a value, and what a plugin's place is known by. */
typedef struct place {
    cnn_yaml **slot;
    const char *key,
        *above;  /* the key of the value and that of the map around it; "" outside of maps */
    bool listed; /* it is an item of a list */
    bool parameters,
        parameter; /* it is the map behind a plugin's name; it is a value in such a map */
} place;

/* Plugins stand in lists (layers, metrics), behind these keys, and in the map `data`; as parameters
 * of others, where a name with a map stands. */
static bool holds_plugin(const place *at)
{
    static const char *const keys[] = {
        "loss",       "optimizer",          "schedule",        "initializer",
        "activation", "kernel_initializer", "bias_initializer"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!strcmp(at->key, keys[i]))
            return true;
    const cnn_yaml *node = *at->slot;
    const bool named =
        node->type == CNN_YAML_MAP && node->count == 1 &&
        (node->items[0]->type == CNN_YAML_MAP || node->items[0]->type == CNN_YAML_NULL);
    return at->listed || !strcmp(at->above, "data") || (at->parameter && named);
}

/* Makes an empty map of a node. */
static void clear_place(cnn_yaml *node, cnn_mark mark)
{
    cnn_yaml *fresh = cnn_yaml_new(CNN_YAML_MAP);
    const cnn_yaml old = *node;
    *node = *fresh;
    node->mark = mark;
    *fresh = old;
    cnn_yaml_free(fresh);
}

/* Makes a map of what stands at `at`, so that it can hold `part`; false if it is a plain value. */
static bool make_map(const place *at, const char *part, cnn_mark mark)
{
    cnn_yaml *node = *at->slot;
    const bool plugin = holds_plugin(at);
    if (node->type == CNN_YAML_MAP) {
        /* Another plugin's name: it is replaced whole. */
        if (plugin && node->count == 1 && strcmp(node->keys[0]->text, part) != 0)
            clear_place(node, mark);
        return true;
    }
    if (node->type == CNN_YAML_STRING && !strcmp(node->text, part)) {
        cnn_yaml *name = cnn_yaml_copy(node);
        clear_place(node, node->mark);
        cnn_yaml_append(node, name, cnn_yaml_new(CNN_YAML_NULL));
        return true;
    }
    if (node->type != CNN_YAML_NULL && node->type != CNN_YAML_STRING && !plugin)
        return false;
    clear_place(node, mark);
    return true;
}

static bool step_into_list(place *at, const char *part, cnn_mark mark, cnn_report *report)
{
    const cnn_yaml *list = *at->slot;
    const bool number = part[strspn(part, "0123456789")] == '\0';
    const unsigned long long index = strtoull(part, NULL, 10); /* ULLONG_MAX if it is larger */
    if (!number || index >= list->count)
        return cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                              "'%s' is no item of a list of %zu items; they are counted from 0",
                              part, list->count);
    *at = (place){&list->items[index], "", "", .listed = true};
    return true;
}

/* True unless a plain value is to stand where there is a plugin of another name: then a parameter
 * is meant, and the plugin's name is missing in its path. */
static bool names_plugin(const place *at, const char *part, const char *path, const cnn_yaml *value,
                         cnn_mark mark, cnn_report *report)
{
    const cnn_yaml *node = *at->slot;
    const char *name = node->type == CNN_YAML_STRING                    ? node->text
                       : node->type == CNN_YAML_MAP && node->count == 1 ? node->keys[0]->text
                                                                        : part;
    if (!holds_plugin(at) || strcmp(name, part) == 0 || value->type == CNN_YAML_MAP ||
        value->type == CNN_YAML_NULL)
        return true;
    return cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                          "'%s' stands where a plugin's name must; a parameter of '%s' is set by "
                          "%.*s%s.%s",
                          part, name, (int)(strlen(path) - strlen(part)), path, name, part);
}

/* Goes from a value to the part of it that `part` names, which is made if it is missing. */
static bool step(place *at, const char *part, cnn_mark mark, cnn_report *report)
{
    cnn_yaml *node = *at->slot;
    if (node->type == CNN_YAML_LIST)
        return step_into_list(at, part, mark, report);
    const bool plugin = holds_plugin(at);
    if (!make_map(at, part, mark)) {
        char *seen = cnn_yaml_describe(node);
        cnn_report_add(report, CNN_EXIT_PIPELINE, mark, "%s is %s, so it has no '%s'",
                       at->key[0] ? at->key : "the document", seen, part);
        free(seen);
        return false;
    }
    size_t i = 0;
    while (i < node->count && strcmp(node->keys[i]->text, part) != 0)
        i++;
    if (i == node->count) {
        cnn_yaml_put(node, part, cnn_yaml_new(CNN_YAML_NULL));
        node->keys[i]->mark = node->items[i]->mark = mark;
    }
    *at =
        (place){&node->items[i], part, at->key, .parameters = plugin, .parameter = at->parameters};
    return true;
}

void cnn_yaml_set_marks(cnn_yaml *node, cnn_mark mark)
{
    node->mark = mark;
    node->lead = -1;
    for (size_t i = 0; i < node->count; i++) {
        cnn_yaml_set_marks(node->items[i], mark);
        if (node->keys)
            node->keys[i]->mark = mark;
    }
}

/* Reads VALUE; lines and columns of it would be taken for those of a file. */
static cnn_yaml *read_value(const char *text, cnn_mark mark, cnn_report *report)
{
    cnn_report faults = {0};
    cnn_yaml *value = cnn_yaml_parse(text, strlen(text), mark.file, &faults);
    cnn_report_merge_at(report, &faults, mark);
    if (value)
        cnn_yaml_set_marks(value, mark);
    return value;
}

/* Splits a path at its dots, in place: false if there are too many parts, or an empty or long one.
 */
static bool split_path(char *path, char *parts[CNN_YAML_LEVELS], size_t *count)
{
    *count = 0;
    for (char *part = path; part && *count < CNN_YAML_LEVELS;) {
        parts[(*count)++] = part;
        char *dot = strchr(part, '.');
        const size_t length = dot ? (size_t)(dot - part) : strlen(part);
        if (!length || length > CNN_YAML_KEY_BYTES)
            return false;
        if (!dot)
            return true;
        *dot = '\0';
        part = dot + 1;
    }
    return false;
}

/* Of `train`, epochs and steps exclude each other: to set one takes away the other. */
static void drop_other(const char *path, cnn_yaml *root, const cnn_yaml *value)
{
    const char *other = strcmp(path, "train.epochs") == 0  ? "steps"
                        : strcmp(path, "train.steps") == 0 ? "epochs"
                                                           : NULL;
    cnn_yaml *train = cnn_yaml_get(root, "train");
    size_t i = 0;
    if (!other || value->type == CNN_YAML_NULL)
        return;
    while (i < train->count && strcmp(train->keys[i]->text, other) != 0)
        i++;
    if (i == train->count)
        return;
    cnn_yaml_free(train->keys[i]);
    cnn_yaml_free(train->items[i]);
    train->count--;
    for (; i < train->count; i++) {
        train->keys[i] = train->keys[i + 1];
        train->items[i] = train->items[i + 1];
    }
}

bool cnn_yaml_set_node(cnn_yaml *root, const char *path, cnn_yaml *value, cnn_mark mark,
                       cnn_report *report)
{
    char *copy = cnn_strdup(path), *parts[CNN_YAML_LEVELS];
    size_t count;
    place at = {&root, "", "", .listed = false};
    bool done = split_path(copy, parts, &count);
    if (!done)
        cnn_report_add(report, CNN_EXIT_PIPELINE, mark,
                       "the path must be up to %d names joined by dots, each of 1 to %d bytes",
                       CNN_YAML_LEVELS, CNN_YAML_KEY_BYTES);
    for (size_t i = 0; done && i < count; i++)
        done = (i + 1 < count || names_plugin(&at, parts[i], path, value, mark, report)) &&
               step(&at, parts[i], mark, report);
    if (done) {
        cnn_yaml_free(*at.slot);
        *at.slot = value;
        drop_other(path, root, value);
    } else {
        cnn_yaml_free(value);
    }
    free(copy);
    return done;
}

bool cnn_yaml_set(cnn_yaml *root, const char *path, const char *text, const char *origin,
                  cnn_report *report)
{
    const cnn_mark mark = {origin, 0, 0};
    cnn_yaml *value = read_value(text, mark, report);
    return value && cnn_yaml_set_node(root, path, value, mark, report);
}
