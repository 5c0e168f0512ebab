/* syntax.c - faults of YAML's syntax: where they are, and what to say of them. */
#include "yaml/syntax.h"

#include <string.h>

cnn_mark cnn_yaml_place(const char *file, const char *text, size_t size, size_t offset)
{
    cnn_mark mark = {file, 1, 1};
    for (size_t i = 0; i < offset && i < size; i++) {
        const bool line_ends = text[i] == '\n';
        mark.line += line_ends;
        mark.column = line_ends ? 1 : mark.column + ((text[i] & 0xC0) != 0x80);
    }
    return mark;
}

#define BAD_START                                                                                  \
    "a tab, '@', '`' or '%' cannot stand here; indent with spaces, and put text that begins so "   \
    "in "                                                                                          \
    "quotes"
#define BAD_COLON                                                                                  \
    "no ':' can stand here; indent the keys of a map alike, and put text that holds ': ' in "      \
    "quotes"

const char *cnn_yaml_problem(const char *problem)
{
    if (!strcmp(problem, "found character that cannot start any token"))
        return BAD_START;
    if (!strcmp(problem, "mapping values are not allowed in this context"))
        return BAD_COLON;
    return problem;
}
