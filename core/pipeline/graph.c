/* graph.c - writes out the blocks of a list of layers, and finds whose output each layer takes. */
#include "pipeline/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/scope.h"

#define MOST_VALUES 1000000 /* of layers, once blocks are written out */

typedef struct builder {
    cnn_graph *graph;
    cnn_report *report;
    size_t last;   /* the layer whose output the next one takes */
    size_t values; /* that copies have made, of lists, maps and what is in them */
} builder;

__attribute__((format(printf, 3, 4))) static void refuse(const builder *b, cnn_mark mark,
                                                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args);
    va_end(args);
    cnn_report_add(b->report, CNN_EXIT_PIPELINE, mark, "%s", text);
    free(text);
}

/* "what is 3; it must be WANTED" */
static void refuse_value(const builder *b, const cnn_yaml *node, const char *what,
                         const char *wanted)
{
    char *seen = cnn_yaml_describe(node);
    const bool empty = node->type == CNN_YAML_LIST && node->count == 0;
    refuse(b, node->mark, "%s is %s; it must be %s", what, empty ? "an empty list" : seen, wanted);
    free(seen);
}

/* ---- layers --------------------------------------------------------------------------------- */

/* Adds one entry of `inputs`. */
static void take_input(const builder *b, const cnn_scope *s, const cnn_yaml *node,
                       cnn_graph_layer *layer)
{
    size_t from;
    if (node->type != CNN_YAML_STRING)
        refuse_value(b, node, "an input", "the name of a layer before this one, or input");
    else if (!cnn_scope_find(s, node->text, &from)) {
        char *hint = cnn_scope_suggest(s, node->text);
        refuse(b, node->mark, "no layer before this one was given the name '%s'%s", node->text,
               hint);
        free(hint);
    } else
        layer->inputs[layer->input_count++] = from;
}

/* The value at a key; NULL where it is null, too. */
static const cnn_yaml *given(const cnn_yaml *keys, const char *key)
{
    const cnn_yaml *value = cnn_yaml_get(keys, key);
    return value && value->type == CNN_YAML_NULL ? NULL : value;
}

/* `inputs: [NAME, ...]` */
static void take_list(const builder *b, const cnn_scope *s, const cnn_yaml *list,
                      cnn_graph_layer *layer)
{
    if (list->type != CNN_YAML_LIST || !list->count || list->count > CNN_MAX_INPUTS) {
        refuse_value(b, list, "inputs", "a list of 1 to 16 names of layers before this one");
        return;
    }
    for (size_t i = 0; i < list->count; i++)
        take_input(b, s, list->items[i], layer);
}

/* What `input` or `inputs` among a layer's keys, which may be NULL, names; else what stands before.
 */
static void take_inputs(const builder *b, const cnn_scope *s, const cnn_yaml *keys,
                        cnn_graph_layer *layer)
{
    const cnn_yaml *one = given(keys, CNN_INPUT), *many = given(keys, "inputs");
    if (one && many)
        refuse(b, many->mark, "input and inputs exclude each other");
    if (one)
        take_input(b, s, one, layer);
    else if (many)
        take_list(b, s, many, layer);
    if (layer->input_count == 0)
        layer->inputs[layer->input_count++] = b->last;
}

/* Makes room for a layer; NULL where there are too many already, which the reader of the list says,
 * or too many values, which was said. */
static cnn_graph_layer *next_layer(const builder *b)
{
    cnn_graph *g = b->graph;
    if (g->count > CNN_MAX_LAYERS || b->values > MOST_VALUES)
        return NULL;
    if (g->count == g->capacity) {
        g->capacity = g->capacity ? 2 * g->capacity : 16;
        g->layers = cnn_realloc(g->layers, g->capacity, sizeof *g->layers);
    }
    g->layers[g->count] = (cnn_graph_layer){.input_count = 0};
    return &g->layers[g->count];
}

/* Ends a layer that next_layer made; takes over the node. */
static void end_layer(builder *b, cnn_yaml *node)
{
    cnn_graph *g = b->graph;
    const cnn_graph_layer *layer = &g->layers[g->count];
    for (size_t i = 0; i < layer->input_count; i++)
        if (layer->inputs[i] != CNN_IMAGES)
            g->layers[layer->inputs[i]].uses++;
    cnn_yaml_append(g->list, NULL, node);
    b->last = g->count++;
}

/* Writes out the name among a layer's keys, and makes it known. */
static void take_name(const builder *b, cnn_scope *s, cnn_yaml *keys, const cnn_yaml *original)
{
    const cnn_yaml *name = cnn_yaml_get(original, "name");
    if (!name || name->type != CNN_YAML_STRING)
        return; /* the reader of layers refuses what is no name */
    if (strcmp(name->text, CNN_INPUT) == 0)
        refuse(b, name->mark, "a layer's name is 'input', which stands for the images");
    cnn_scope_declare(s, name->text, b->graph->count);
    char *text = cnn_format("%s%s", name->text, s->suffix);
    cnn_yaml *full = cnn_yaml_string(text);
    full->mark = name->mark;
    cnn_yaml_put(keys, "name", full);
    free(text);
}

/* The number of nodes of a tree. */
static size_t values_of(const cnn_yaml *node)
{
    size_t count = 1;
    for (size_t i = 0; i < node->count; i++)
        count += values_of(node->items[i]);
    return count;
}

static void add_layer(builder *b, cnn_scope *s, const cnn_yaml *item)
{
    cnn_graph_layer *layer = next_layer(b);
    if (!layer)
        return;
    cnn_yaml *node = cnn_yaml_copy(item);
    b->values += values_of(item);
    if (b->values > MOST_VALUES)
        refuse(b, item->mark, "the layers have more than %d values once blocks are written out",
               MOST_VALUES);
    const bool has_keys = item->type == CNN_YAML_MAP && item->count == 1;
    const cnn_yaml *keys = has_keys ? item->items[0] : NULL;
    take_inputs(b, s, keys, layer);
    if (has_keys)
        take_name(b, s, node->items[0], keys);
    end_layer(b, node);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void add_list(builder *b, cnn_scope *s, const cnn_yaml *list);

/* The keys of a block; NULL, said, where they are no map or some are unknown. */
static const cnn_yaml *keys_of(const builder *b, const cnn_yaml *item, const char *const *known,
                               size_t count)
{
    const cnn_yaml *keys = item->items[0];
    const char *what = item->keys[0]->text;
    if (keys->type != CNN_YAML_MAP) {
        refuse_value(b, keys, what, "a map");
        return NULL;
    }
    bool good = true;
    for (size_t i = 0; i < keys->count; i++) {
        size_t k = 0;
        while (k < count && strcmp(known[k], keys->keys[i]->text) != 0)
            k++;
        char *hint = k == count ? cnn_suggest(keys->keys[i]->text, known, count) : NULL;
        if (hint)
            refuse(b, keys->keys[i]->mark, "%s: unknown key '%s'%s", what, keys->keys[i]->text,
                   hint);
        good &= !hint;
        free(hint);
    }
    return good ? keys : NULL;
}

/* A list of layers among the keys of a block. */
static const cnn_yaml *list_of(const builder *b, const cnn_yaml *item, const char *key)
{
    const cnn_yaml *list = cnn_yaml_get(item->items[0], key);
    if (list && list->type == CNN_YAML_LIST && list->count > 0)
        return list;
    char *what = cnn_format("%s: %s", item->keys[0]->text, key);
    if (list)
        refuse_value(b, list, what, "a list of at least one layer");
    else
        refuse(b, item->keys[0]->mark, "%s is missing; it must be a list of layers", what);
    free(what);
    return NULL;
}

static void add_repeat(builder *b, cnn_scope *outer, const cnn_yaml *item)
{
    static const char *const known[] = {"times", "layers"};
    const cnn_yaml *keys = keys_of(b, item, known, 2);
    const cnn_yaml *list = keys ? list_of(b, item, "layers") : NULL,
                   *times = cnn_yaml_get(keys, "times");
    if (keys && !times)
        refuse(b, item->keys[0]->mark, "repeat: times is missing; it must be an integer from 1");
    else if (keys && (times->type != CNN_YAML_INTEGER || times->integer < 1 ||
                      times->integer > CNN_MAX_LAYERS))
        refuse_value(b, times, "repeat: times", "an integer from 1 to 1000");
    else
        for (int64_t i = 1; list && i <= times->integer && b->graph->count <= CNN_MAX_LAYERS; i++) {
            char *suffix = cnn_format("%s_%lld", outer->suffix, (long long)i);
            cnn_scope own = {.outer = outer, .suffix = suffix};
            const size_t before = b->graph->count;
            add_list(b, &own, list);
            free(own.named);
            free(suffix);
            if (b->graph->count == before)
                break; /* nothing in it is a layer, so further copies give none either */
        }
}

/* The layer `add` at the end of a residual block, with what the block says of it. */
static cnn_yaml *sum_node(const cnn_yaml *item)
{
    static const char *const taken[] = {"activation", "name"};
    cnn_yaml *node = cnn_yaml_new(CNN_YAML_MAP), *key = cnn_yaml_string("add"),
             *keys = cnn_yaml_new(CNN_YAML_MAP);
    node->mark = key->mark = item->keys[0]->mark;
    keys->mark = item->items[0]->mark;
    for (size_t i = 0; i < 2; i++) {
        const cnn_yaml *value = cnn_yaml_get(item->items[0], taken[i]);
        if (value)
            cnn_yaml_put(keys, taken[i], cnn_yaml_copy(value));
    }
    cnn_yaml_append(node, key, keys);
    return node;
}

static void add_residual(builder *b, cnn_scope *s, const cnn_yaml *item)
{
    static const char *const known[] = {"layers", "shortcut", "activation", "name"};
    const cnn_yaml *keys = keys_of(b, item, known, 4);
    const cnn_yaml *list = keys ? list_of(b, item, "layers") : NULL,
                   *shortcut = cnn_yaml_get(keys, "shortcut");
    const size_t before = b->last;
    if (!list)
        return;
    add_list(b, s, list);
    const size_t end = b->last;
    b->last = before;
    if (shortcut && shortcut->type != CNN_YAML_NULL &&
        (shortcut->type != CNN_YAML_LIST || shortcut->count > 0)) {
        shortcut = list_of(b, item, "shortcut");
        if (shortcut)
            add_list(b, s, shortcut);
    }
    cnn_graph_layer *layer = next_layer(b);
    if (!layer)
        return;
    layer->inputs[0] = end;
    layer->inputs[1] = b->last;
    layer->input_count = 2;
    cnn_yaml *node = sum_node(item);
    take_name(b, s, node->items[0], keys);
    end_layer(b, node);
}

static void add_list(builder *b, cnn_scope *s, const cnn_yaml *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const cnn_yaml *item = list->items[i];
        const char *word = item->type == CNN_YAML_MAP && item->count == 1 ? item->keys[0]->text
                           : item->type == CNN_YAML_STRING                ? item->text
                                                                          : "";
        const bool repeat = strcmp(word, "repeat") == 0;
        if (!repeat && strcmp(word, "residual") != 0)
            add_layer(b, s, item);
        else if (item->type == CNN_YAML_STRING)
            refuse(b, item->mark, "%s: layers is missing; it must be a list of layers", word);
        else
            (repeat ? add_repeat : add_residual)(b, s, item);
    }
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* Only the last layer's output may be left over: it is the network's. */
static void check_uses(const builder *b)
{
    const cnn_graph *g = b->graph;
    for (size_t i = 0; i + 1 < g->count; i++) {
        const cnn_yaml *item = g->list->items[i];
        const bool map = item->type == CNN_YAML_MAP && item->count == 1;
        if (g->layers[i].uses == 0 && (map || item->type == CNN_YAML_STRING))
            refuse(b, map ? item->keys[0]->mark : item->mark,
                   "no layer takes the output of this %s; only the last layer's is the network's",
                   map ? item->keys[0]->text : item->text);
    }
}

void cnn_graph_read(cnn_graph *graph, const cnn_yaml *layers, cnn_report *report)
{
    const size_t errors = report->errors;
    *graph = (cnn_graph){.list = cnn_yaml_new(CNN_YAML_LIST)};
    graph->list->mark = layers->mark;
    builder b = {graph, report, CNN_IMAGES, 0};
    cnn_scope all = {.suffix = ""};
    add_list(&b, &all, layers);
    if (report->errors == errors && graph->count <= CNN_MAX_LAYERS)
        check_uses(&b);
    free(all.named);
}

void cnn_graph_free(cnn_graph *graph)
{
    cnn_yaml_free(graph->list);
    free(graph->layers);
}
