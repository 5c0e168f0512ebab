/* emit.c - writes a tree as YAML that is pleasant to read and reads back as the same tree. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "yaml/tree.h"

#define LINE_WIDTH 100
#define STEP 2 /* spaces a level */

/* ---- scalars -------------------------------------------------------------------------------- */

/* What YAML does not allow as it is, or takes for the end of a line; and what a terminal that shows
 * the file would take for a command. */
static bool needs_escape(const char *text, uint32_t code)
{
    char shown[CNN_SHOWN];
    (void)cnn_printable_first(text, "", shown);
    return shown[0] != text[0] || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
           code == 0xFFFE || code == 0xFFFF;
}

/* A byte that is not UTF-8 (file names may have them) has no form in YAML: U+FFFD stands for it. */
static void add_quoted(cnn_text *out, const char *text)
{
    cnn_text_add(out, "\"");
    for (const char *p = text; *p;) {
        uint32_t code;
        const size_t length = cnn_utf8_decode(p, &code);
        if (!length)
            cnn_text_add(out, "\\uFFFD");
        else if (code == '\n' || code == '\t')
            cnn_text_add(out, code == '\n' ? "\\n" : "\\t");
        else if (code == '"' || code == '\\')
            cnn_text_add(out, "\\%c", (int)code);
        else if (needs_escape(p, code))
            cnn_text_add(out, code < 0x100 ? "\\x%02X" : "\\u%04X", code);
        else
            cnn_text_add_bytes(out, p, length);
        p += length ? length : 1;
    }
    cnn_text_add(out, "\"");
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BEGINNERS LETTERS "0123456789_/"

/* Far fewer strings than YAML would allow, and none of which one has to think. */
static bool is_plain(const char *text)
{
    const size_t length = strlen(text);
    if (!length || !strchr(BEGINNERS, text[0]) || strspn(text, BEGINNERS ".-+ ") < length ||
        text[length - 1] == ' ' || strstr(text, "  "))
        return false;
    cnn_yaml *node = cnn_yaml_plain(text);
    const bool string = node->type == CNN_YAML_STRING;
    cnn_yaml_free(node);
    return string;
}

static void add_string(cnn_text *out, const char *text)
{
    if (is_plain(text))
        cnn_text_add(out, "%s", text);
    else
        add_quoted(out, text);
}

/* Numbers stay as they were written. */
static void add_scalar(cnn_text *out, const cnn_yaml *node)
{
    if (node->type == CNN_YAML_STRING)
        add_string(out, node->text);
    else
        cnn_text_add(out, "%s", node->type == CNN_YAML_NULL ? "null" : node->text);
}

/* ---- lists and maps ------------------------------------------------------------------------- */

static bool is_scalar(const cnn_yaml *node)
{
    return node->type != CNN_YAML_LIST && node->type != CNN_YAML_MAP;
}

static void add_flow(cnn_text *out, const cnn_yaml *node)
{
    if (is_scalar(node)) {
        add_scalar(out, node);
        return;
    }
    const bool list = node->type == CNN_YAML_LIST;
    cnn_text_add(out, list ? "[" : "{");
    for (size_t i = 0; i < node->count; i++) {
        if (i)
            cnn_text_add(out, ", ");
        if (!list) {
            add_string(out, node->keys[i]->text);
            cnn_text_add(out, ": ");
        }
        add_flow(out, node->items[i]);
    }
    cnn_text_add(out, list ? "]" : "}");
}

/* Whether it reads well on one line: what was marked so, and what holds scalars only; in lists,
 * lists of such too: [[7, 1], [8, 3]]. */
static bool is_simple(const cnn_yaml *node)
{
    if (node->flow || is_scalar(node) || !node->count)
        return true;
    for (size_t i = 0; i < node->count; i++) {
        const cnn_yaml *item = node->items[i];
        const bool listed = node->type == CNN_YAML_LIST && item->type == CNN_YAML_LIST;
        if (!is_scalar(item) && item->count && !(listed && is_simple(item)))
            return false;
    }
    return true;
}

/* Adds `node` to the line if it is simple and fits. */
static bool add_on_line(cnn_text *out, const cnn_yaml *node, size_t column)
{
    if (!is_simple(node))
        return false;
    cnn_text line = {0};
    add_flow(&line, node);
    const bool fits = is_scalar(node) || !node->count || column + line.length <= LINE_WIDTH;
    if (fits)
        cnn_text_add(out, "%s\n", line.data);
    cnn_text_free(&line);
    return fits;
}

static void add_break(cnn_text *out, size_t indent)
{
    cnn_text_add(out, "%*s", (int)indent, "");
}

/* A list or map in block style; the line is already indented. */
static void add_block(cnn_text *out, const cnn_yaml *node, size_t indent)
{
    for (size_t i = 0; i < node->count; i++) {
        const cnn_yaml *item = node->items[i];
        if (i)
            add_break(out, indent);
        if (node->type == CNN_YAML_LIST) {
            /* "- dropout: 0.5" rather than "- {dropout: 0.5}" */
            const bool one_key = item->type == CNN_YAML_MAP && item->count == 1 && !item->flow;
            cnn_text_add(out, "- ");
            if (one_key || !add_on_line(out, item, indent + STEP))
                add_block(out, item, indent + STEP);
            continue;
        }
        const size_t before = out->length;
        add_string(out, node->keys[i]->text);
        cnn_text_add(out, ": ");
        if (!add_on_line(out, item, indent + out->length - before)) {
            out->data[out->length - 1] = '\n';
            add_break(out, indent + STEP);
            add_block(out, item, indent + STEP);
        }
    }
}

char *cnn_yaml_emit(const cnn_yaml *root)
{
    cnn_text out = {0};
    const bool on_line = is_scalar(root) || root->flow || !root->count;
    if (!on_line || !add_on_line(&out, root, 0))
        add_block(&out, root, 0);
    return out.data;
}
