/* tree.c - the tree of a YAML document, and how plain scalars get their type. */
#include "yaml/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

#define LONGEST_SHOWN 64 /* bytes of a string, in a message */

/* ---- the tree ------------------------------------------------------------------------------- */

cnn_yaml *cnn_yaml_new(cnn_yaml_type type)
{
    static const char *const texts[] = {"null", "false", "0", "0.0", "", NULL, NULL};
    cnn_yaml *node = cnn_alloc(1, sizeof *node);
    node->type = type;
    node->text = texts[type] ? cnn_strdup(texts[type]) : NULL;
    return node;
}

static cnn_yaml *new_scalar(cnn_yaml_type type, char *text)
{
    cnn_yaml *node = cnn_alloc(1, sizeof *node);
    node->type = type;
    node->text = text;
    return node;
}

cnn_yaml *cnn_yaml_string(const char *text)
{
    return new_scalar(CNN_YAML_STRING, cnn_strdup(text));
}

cnn_yaml *cnn_yaml_integer(int64_t value)
{
    cnn_yaml *node = new_scalar(CNN_YAML_INTEGER, cnn_format("%" PRId64, value));
    node->integer = value;
    node->real = (double)value;
    return node;
}

cnn_yaml *cnn_yaml_real(double value)
{
    char digits[32];
    cnn_format_real(value, digits);
    const char *sign = digits[0] == '-' ? "-" : "", *number = digits + (sign[0] == '-');
    /* As YAML has it: .inf, .nan; and 1.0, since 1 would be an integer. */
    cnn_yaml *node =
        new_scalar(CNN_YAML_REAL, cnn_format("%s%s%s%s", sign, isfinite(value) ? "" : ".", number,
                                             strpbrk(number, ".en") ? "" : ".0"));
    node->real = value;
    return node;
}

cnn_yaml *cnn_yaml_bool(bool value)
{
    cnn_yaml *node = new_scalar(CNN_YAML_BOOL, cnn_strdup(value ? "true" : "false"));
    node->boolean = value;
    return node;
}

void cnn_yaml_free(cnn_yaml *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++) {
        cnn_yaml_free(node->items[i]);
        if (node->keys)
            cnn_yaml_free(node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->text);
    free(node);
}

void cnn_yaml_append(cnn_yaml *node, cnn_yaml *key, cnn_yaml *item)
{
    if (node->count == node->capacity) {
        node->capacity = node->capacity ? 2 * node->capacity : 4;
        node->items = cnn_realloc(node->items, node->capacity, sizeof(cnn_yaml *));
        if (key)
            node->keys = cnn_realloc(node->keys, node->capacity, sizeof(cnn_yaml *));
    }
    if (key)
        node->keys[node->count] = key;
    node->items[node->count++] = item;
}

cnn_yaml *cnn_yaml_copy(const cnn_yaml *node)
{
    cnn_yaml *copy = cnn_alloc(1, sizeof *copy);
    *copy = *node;
    copy->text = node->text ? cnn_strdup(node->text) : NULL;
    copy->count = copy->capacity = 0;
    copy->items = copy->keys = NULL;
    for (size_t i = 0; i < node->count; i++)
        cnn_yaml_append(copy, node->keys ? cnn_yaml_copy(node->keys[i]) : NULL,
                        cnn_yaml_copy(node->items[i]));
    return copy;
}

void cnn_yaml_push(cnn_yaml *list, cnn_yaml *item)
{
    CNN_BUG_IF(list->type != CNN_YAML_LIST);
    cnn_yaml_append(list, NULL, item);
}

static size_t find(const cnn_yaml *map, const char *key)
{
    size_t i = 0;
    while (i < map->count && strcmp(map->keys[i]->text, key) != 0)
        i++;
    return i;
}

cnn_yaml *cnn_yaml_get(const cnn_yaml *map, const char *key)
{
    if (!map || map->type != CNN_YAML_MAP)
        return NULL;
    const size_t i = find(map, key);
    return i < map->count ? map->items[i] : NULL;
}

void cnn_yaml_put(cnn_yaml *map, const char *key, cnn_yaml *value)
{
    CNN_BUG_IF(map->type != CNN_YAML_MAP);
    const size_t i = find(map, key);
    if (i == map->count) {
        cnn_yaml_append(map, cnn_yaml_string(key), value);
    } else {
        cnn_yaml_free(map->items[i]);
        map->items[i] = value;
    }
}

/* ---- plain scalars -------------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return !strcmp(text, a) || !strcmp(text, b) || !strcmp(text, c);
}

#define DIGITS "0123456789"

/* [-+]? [0-9]+, and what comes behind it in a real: (\. [0-9]*)? ([eE] [-+]? [0-9]+)? */
static bool is_decimal(const char *text, bool *whole)
{
    text += *text == '-' || *text == '+';
    size_t digits = strspn(text, DIGITS);
    text += digits;
    *whole = !*text;
    if (*text == '.') {
        const size_t further = strspn(++text, DIGITS);
        digits += further;
        text += further;
    }
    if (digits && (*text == 'e' || *text == 'E')) {
        text += 1 + (text[1] == '-' || text[1] == '+');
        digits = strspn(text, DIGITS);
        text += digits;
    }
    return digits && !*text;
}

/* Reads 0o17 and 0x1F; NULL if it is neither. */
static cnn_yaml *based_integer(const char *text)
{
    const bool octal = text[0] == '0' && text[1] == 'o', hex = text[0] == '0' && text[1] == 'x';
    const char *digits = octal || hex ? text + 2 : "";
    if (!*digits || digits[strspn(digits, octal ? "01234567" : DIGITS "abcdefABCDEF")])
        return NULL;
    double real = 0;
    for (const char *p = digits; *p; p++) /* 'A' and 'a' both have 1 in their low bits */
        real = real * (octal ? 8 : 16) + (*p & 15) + (*p > '9' ? 9 : 0);
    errno = 0;
    const long long value = strtoll(digits, NULL, octal ? 8 : 16);
    return errno == ERANGE ? cnn_yaml_real(real) : cnn_yaml_integer(value);
}

static cnn_yaml *number(const char *text)
{
    bool whole = false;
    if (is_decimal(text, &whole)) {
        errno = 0;
        const long long value = whole ? strtoll(text, NULL, 10) : 0;
        return whole && errno != ERANGE ? cnn_yaml_integer(value)
                                        : cnn_yaml_real(strtod(text, NULL));
    }
    if (is_one_of(text, ".nan", ".NaN", ".NAN"))
        return cnn_yaml_real((double)NAN);
    const char *inf = text + (*text == '-' || *text == '+');
    if (is_one_of(inf, ".inf", ".Inf", ".INF"))
        return cnn_yaml_real(*text == '-' ? -(double)INFINITY : (double)INFINITY);
    return based_integer(text);
}

cnn_yaml *cnn_yaml_plain(const char *text)
{
    cnn_yaml *node = number(text);
    if (!node && (!*text || !strcmp(text, "~") || is_one_of(text, "null", "Null", "NULL")))
        node = cnn_yaml_new(CNN_YAML_NULL);
    else if (!node && is_one_of(text, "true", "True", "TRUE"))
        node = cnn_yaml_bool(true);
    else if (!node && is_one_of(text, "false", "False", "FALSE"))
        node = cnn_yaml_bool(false);
    else if (!node)
        return cnn_yaml_string(text);
    free(node->text);
    node->text = cnn_strdup(text);
    return node;
}

char *cnn_yaml_describe(const cnn_yaml *node)
{
    if (node->type == CNN_YAML_LIST || node->type == CNN_YAML_MAP)
        return cnn_strdup(node->type == CNN_YAML_LIST ? "a list" : "a map");
    if (node->type == CNN_YAML_NULL)
        return cnn_strdup("null");
    if (node->type != CNN_YAML_STRING)
        return cnn_strdup(node->text);
    size_t shown = strlen(node->text);
    if (shown > LONGEST_SHOWN) /* cut before a character, not inside one */
        for (shown = LONGEST_SHOWN; shown && (node->text[shown] & 0xC0) == 0x80;)
            shown--;
    return cnn_format("the string '%.*s%s'", (int)shown, node->text,
                      node->text[shown] ? "..." : "");
}

static int compare_keys(const void *a, const void *b)
{
    const cnn_yaml *x = *(const cnn_yaml *const *)a, *y = *(const cnn_yaml *const *)b;
    const int order = strcmp(x->text, y->text);
    if (order)
        return order;
    if (x->mark.line != y->mark.line)
        return x->mark.line < y->mark.line ? -1 : 1;
    return (x->mark.column > y->mark.column) - (x->mark.column < y->mark.column);
}

/* Sorted, equal keys are neighbours; a search for each key would take minutes in a hostile file. */
bool cnn_yaml_check_keys(const cnn_yaml *map, cnn_report *report)
{
    bool good = true;
    const cnn_yaml **keys = cnn_alloc(map->count, sizeof *keys);
    for (size_t i = 0; i < map->count; i++)
        keys[i] = map->keys[i];
    qsort(keys, map->count, sizeof *keys, compare_keys);
    for (size_t i = 1, first = 0; i < map->count; i++) {
        if (strcmp(keys[i]->text, keys[first]->text) != 0)
            first = i;
        else
            good = cnn_report_add(report, CNN_EXIT_PIPELINE, keys[i]->mark,
                                  "key '%s' stands twice in one map; the first one is at %d:%d",
                                  keys[i]->text, keys[first]->mark.line, keys[first]->mark.column);
    }
    free(keys);
    return good;
}
