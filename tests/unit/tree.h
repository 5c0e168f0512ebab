/* tree.h - YAML trees in tests: parsed from a literal, compared. */
#ifndef TREE_H
#define TREE_H

#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "yaml/tree.h"

/* The tree of a text that must be acceptable. */
static inline cnn_yaml *tree_of(const char *text)
{
    cnn_report report = {0};
    cnn_yaml *tree = cnn_yaml_parse(text, strlen(text), "t.yaml", &report);
    ck_assert_msg(tree && !report.count, "%s: %s", text,
                  report.count ? report.problems[0].text : "no tree and no fault");
    return tree;
}

/* Equal in types, bits of numbers, texts of strings, order of keys; marks and style do not count.
 */
static inline bool trees_equal(const cnn_yaml *a, const cnn_yaml *b)
{
    if (a->type != b->type || a->boolean != b->boolean || a->integer != b->integer ||
        a->count != b->count)
        return false;
    const bool nan = a->real != a->real && b->real != b->real;
    if (!nan && memcmp(&a->real, &b->real, sizeof a->real) != 0)
        return false;
    if (a->type == CNN_YAML_STRING && strcmp(a->text, b->text) != 0)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!trees_equal(a->items[i], b->items[i]) ||
            (a->keys && strcmp(a->keys[i]->text, b->keys[i]->text) != 0))
            return false;
    return true;
}

#endif
