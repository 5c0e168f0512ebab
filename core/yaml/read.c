/* read.c - builds the tree from libyaml's events, and refuses what a pipeline must not hold.
 *
 * Faults of the content (a tag, a duplicate key) are all collected; at a fault of the syntax or a
 * bound reading stops. Then `next` gives no more events, and all loops end by themselves. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "yaml/syntax.h"
#include "yaml/tree.h"

#define MOST_BYTES (1u << 20) /* of the file; and of scalars that aliases copy */
#define MOST_NODES 100000u
#define MOST_ANCHORS 1000u /* they are searched one by one */
_Static_assert(MOST_NODES == 100000 && MOST_ANCHORS == 1000 && CNN_YAML_LEVELS == 64 &&
                   CNN_YAML_KEY_BYTES == 128,
               "the messages below name these limits");

typedef struct anchor {
    char *name;
    cnn_yaml *node;
    bool open; /* we are inside of it */
} anchor;

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    const char *text;
    size_t size;
    const char *file;
    cnn_report *report;
    anchor anchors[MOST_ANCHORS];
    size_t anchor_count;
    size_t nodes, copied; /* nodes so far; bytes of scalars that aliases have copied */
    bool failed, stopped;
} reader;

/* libyaml counts from 0. */
static cnn_mark mark_of(const reader *r, yaml_mark_t mark)
{
    return (cnn_mark){r->file, (int)mark.line + 1, (int)mark.column + 1};
}

__attribute__((format(printf, 3, 4))) static void fault(reader *r, cnn_mark mark,
                                                        const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = cnn_format_va(format, args);
    va_end(args);
    cnn_report_add(r->report, CNN_EXIT_PIPELINE, mark, "%s", text);
    free(text);
    r->failed = true;
}

static void stop(reader *r, cnn_mark mark, const char *what)
{
    fault(r, mark, "%s", what);
    r->stopped = true;
}

/* ---- events --------------------------------------------------------------------------------- */

static void report_syntax(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = cnn_yaml_problem(p->problem ? p->problem : "unknown fault");
    const bool ours = problem != p->problem, context = p->context && !ours;
    r->stopped = true;
    if (p->error == YAML_MEMORY_ERROR)
        cnn_out_of_memory();
    if (p->error == YAML_READER_ERROR) {
        fault(r, cnn_yaml_place(r->file, r->text, r->size, p->problem_offset),
              "not YAML in UTF-8: %s", problem);
    } else if (context && p->context_mark.line != p->problem_mark.line) {
        fault(r, mark_of(r, p->problem_mark), "not YAML: %s %s that begins at line %zu", problem,
              p->context, p->context_mark.line + 1);
    } else {
        fault(r, mark_of(r, p->problem_mark), "not YAML: %s%s%s", problem, context ? " " : "",
              context ? p->context : "");
    }
}

/* Goes to the next event; false when there is none, since reading has stopped. */
static bool next(reader *r)
{
    if (r->stopped)
        return false;
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event))
        report_syntax(r);
    return !r->stopped;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static void check_tag(reader *r, const yaml_char_t *tag)
{
    static const char why[] = "tags are not allowed; a value has the type that it is written as";
    if (tag)
        fault(r, mark_of(r, r->event.start_mark), "tag '%s': %s", (const char *)tag, why);
}

static void count_node(reader *r, cnn_mark mark)
{
    if (++r->nodes > MOST_NODES)
        stop(r, mark,
             "there are more than 100000 values, aliases counted in full; that is the limit");
}

/* Remembers `node` under the name of its anchor, if it has one. Returns it, or NULL. */
static anchor *set_anchor(reader *r, const yaml_char_t *name, cnn_yaml *node)
{
    if (!name)
        return NULL;
    if (r->anchor_count == MOST_ANCHORS) {
        stop(r, node->mark, "there are more than 1000 anchors; that is the limit");
        return NULL;
    }
    anchor *a = &r->anchors[r->anchor_count++];
    *a = (anchor){cnn_strdup((const char *)name), node, false};
    return a;
}

/* Counts what a copy of `node` at `depth` would cost. */
static void measure(reader *r, const cnn_yaml *node, cnn_mark mark, int depth)
{
    r->copied += node->text ? strlen(node->text) : 0;
    if (depth > CNN_YAML_LEVELS)
        stop(r, mark,
             "lists and maps are nested deeper than 64 levels by this alias; that is the limit");
    else if (r->copied > MOST_BYTES)
        stop(r, mark, "aliases copy more than 1 MiB of text; that is the limit");
    else
        count_node(r, mark);
    const bool inner = node->type == CNN_YAML_LIST || node->type == CNN_YAML_MAP;
    for (size_t i = 0; inner && i < node->count && !r->stopped; i++) {
        measure(r, node->items[i], mark, depth + 1);
        if (node->keys)
            r->copied += strlen(node->keys[i]->text);
    }
}

static cnn_yaml *read_alias(reader *r, int depth)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    const cnn_mark mark = mark_of(r, r->event.start_mark);
    const anchor *a = NULL;
    for (size_t i = r->anchor_count; i-- > 0 && !a;)
        if (!strcmp(r->anchors[i].name, name))
            a = &r->anchors[i];
    if (!a)
        fault(r, mark, "alias '*%s' has no anchor; '&%s' must stand before it", name, name);
    else if (a->open)
        fault(r, mark, "alias '*%s' stands inside of its own anchor; a value cannot hold itself",
              name);
    else
        measure(r, a->node, mark, depth);
    cnn_yaml *node =
        a && !a->open && !r->stopped ? cnn_yaml_copy(a->node) : cnn_yaml_new(CNN_YAML_NULL);
    node->mark = mark;
    node->lead = -1;
    return node;
}

/* Where the text of a scalar begins behind its mark, if it stands there as it is read: 1 behind a
 * quote. */
static int lead_of(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const size_t length = event->end_mark.index - event->start_mark.index,
                 count = cnn_utf8_count(text, SIZE_MAX);
    const int style = (int)event->data.scalar.style;
    const bool quoted =
        style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    if (event->end_mark.line != event->start_mark.line)
        return -1;
    return style == YAML_PLAIN_SCALAR_STYLE && length == count ? 0
           : quoted && length == count + 2                     ? 1
                                                               : -1;
}

/* Takes over what libyaml has read of a scalar. */
static cnn_yaml *read_scalar(reader *r)
{
    const cnn_mark mark = mark_of(r, r->event.start_mark);
    const char *text = (const char *)r->event.data.scalar.value;
    if (memchr(text, 0, r->event.data.scalar.length))
        fault(r, mark, "a string holds a NUL character, which is not allowed");
    check_tag(r, r->event.data.scalar.tag);
    count_node(r, mark);
    const bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    cnn_yaml *node = plain ? cnn_yaml_plain(text) : cnn_yaml_string(text);
    node->mark = mark;
    node->lead = lead_of(&r->event);
    set_anchor(r, r->event.data.scalar.anchor, node);
    return node;
}

static cnn_yaml *read_node(reader *r, int depth);

/* A key is a scalar without an anchor, and counts by its text. */
static cnn_yaml *read_key(reader *r)
{
    const cnn_mark mark = mark_of(r, r->event.start_mark);
    if (r->event.type != YAML_SCALAR_EVENT || r->event.data.scalar.anchor) {
        stop(r, mark, "a key must be a string; a list, a map, an anchor or an alias cannot be one");
        return cnn_yaml_string("");
    }
    const bool plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    cnn_yaml *key = read_scalar(r);
    if (key->type == CNN_YAML_NULL)
        fault(r, mark, "a key is null; it must be a string");
    if (plain && !strcmp(key->text, "<<"))
        fault(r, mark, "'<<' does not merge maps here; write the keys out");
    if (strlen(key->text) > CNN_YAML_KEY_BYTES)
        stop(r, mark, "a key is longer than 128 bytes; that is the limit");
    key->type = CNN_YAML_STRING;
    return key;
}

static cnn_yaml *read_collection(reader *r, int depth)
{
    const bool list = r->event.type == YAML_SEQUENCE_START_EVENT;
    cnn_yaml *node = cnn_yaml_new(list ? CNN_YAML_LIST : CNN_YAML_MAP);
    node->mark = mark_of(r, r->event.start_mark);
    node->flow = list ? r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                      : r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    if (depth > CNN_YAML_LEVELS)
        stop(r, node->mark, "lists and maps are nested deeper than 64 levels; that is the limit");
    count_node(r, node->mark);
    check_tag(r, list ? r->event.data.sequence_start.tag : r->event.data.mapping_start.tag);
    anchor *a = set_anchor(
        r, list ? r->event.data.sequence_start.anchor : r->event.data.mapping_start.anchor, node);
    if (a)
        a->open = true;
    while (next(r) && r->event.type != (list ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT)) {
        cnn_yaml *key = list ? NULL : read_key(r);
        cnn_yaml *value = list || next(r) ? read_node(r, depth + 1) : cnn_yaml_new(CNN_YAML_NULL);
        cnn_yaml_append(node, key, value);
    }
    if (a)
        a->open = false;
    if (!list)
        r->failed |= !cnn_yaml_check_keys(node, r->report);
    return node;
}

/* The node that the current event begins; when reading stops inside of it, what there is of it. */
static cnn_yaml *read_node(reader *r, int depth)
{
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, depth);
    return r->event.type == YAML_SCALAR_EVENT ? read_scalar(r) : read_collection(r, depth);
}

/* ---- documents ------------------------------------------------------------------------------ */

/* libyaml compares each %TAG with all before it: a file of nothing else would take minutes. The
 * byte before one that begins a line is a line break, of which YAML 1.1 had some beyond ASCII. */
static void check_directives(reader *r)
{
    for (size_t i = 0; i + 4 <= r->size && !r->stopped; i++) {
        const unsigned char before = i ? (unsigned char)r->text[i - 1] : '\n';
        if ((before < ' ' || before > '~') && !memcmp(r->text + i, "%TAG", 4))
            stop(r, cnn_yaml_place(r->file, r->text, r->size, i),
                 "tags are not allowed, and neither is %TAG");
    }
}

static cnn_yaml *read_document(reader *r)
{
    cnn_yaml *root = NULL;
    check_directives(r);
    next(r); /* the stream starts */
    next(r);
    if (!r->stopped && r->event.type == YAML_DOCUMENT_START_EVENT && next(r)) {
        root = read_node(r, 1);
        next(r); /* the document ends */
        if (next(r) && r->event.type != YAML_STREAM_END_EVENT)
            stop(r, mark_of(r, r->event.start_mark), "a second document begins; a file holds one");
    } else {
        root = cnn_yaml_new(CNN_YAML_NULL);
        root->mark = (cnn_mark){r->file, 1, 1};
    }
    if (r->failed) {
        cnn_yaml_free(root);
        return NULL;
    }
    return root;
}

cnn_yaml *cnn_yaml_parse(const char *text, size_t size, const char *file, cnn_report *report)
{
    if (size > MOST_BYTES) {
        cnn_report_add(report, CNN_EXIT_PIPELINE, (cnn_mark){file, 0, 0},
                       "there are %zu bytes of YAML; at most 1 MiB is allowed", size);
        return NULL;
    }
    const bool marked = size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3); /* byte order mark */
    reader *r = cnn_alloc(1, sizeof *r);
    r->text = marked ? text + 3 : text;
    r->size = marked ? size - 3 : size;
    r->file = file;
    r->report = report;
    cnn_yaml *root = NULL;
    if (yaml_parser_initialize(&r->parser)) {
        yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, r->size);
        root = read_document(r);
        yaml_event_delete(&r->event);
    } else {
        report_syntax(r);
    }
    yaml_parser_delete(&r->parser);
    for (size_t i = 0; i < r->anchor_count; i++)
        free(r->anchors[i].name);
    free(r);
    return root;
}

cnn_yaml *cnn_yaml_read(const char *path, cnn_report *report)
{
    char *text = NULL;
    uint64_t size = 0;
    if (!cnn_file_read(path, MOST_BYTES, CNN_EXIT_PIPELINE, &text, &size, report))
        return NULL;
    cnn_yaml *root = cnn_yaml_parse(text, size, path, report);
    free(text);
    return root;
}
