/* test_yaml.c - reading: types, marks, every fault with its place, bounds, and hostile bytes. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "tree.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

/* ---- what is accepted ----------------------------------------------------------------------- */

START_TEST(types_plain_scalars_by_the_core_schema)
{
    static const struct {
        cnn_yaml_type type;
        const char *texts[16];
    } cases[] = {
        {CNN_YAML_NULL, {"~", "null", "Null", "NULL"}},
        {CNN_YAML_BOOL, {"true", "True", "TRUE", "false", "False", "FALSE"}},
        {CNN_YAML_INTEGER, {"0", "-0", "+12", "007", "0o17", "0x1F", "-9223372036854775808"}},
        {CNN_YAML_REAL,
         {"1.", "1.0", ".5", "-.5", "1e-3", "1E+3", "1.5e3", "+.inf", "-.Inf", ".INF", ".nan",
          ".NaN", ".NAN", "9223372036854775808", "0xFFFFFFFFFFFFFFFF"}},
        {CNN_YAML_STRING,
         {"yes", "nULL", "tRUE", "1_000", "0b1", "0o8", "0xG", "-0x1", "1e", "e5", "+", "-.",
          "+.nan", "nan", "1.5.1", "0o"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t j = 0; j < 16 && cases[i].texts[j]; j++) {
            const char *text = cases[i].texts[j];
            cnn_yaml *node = tree_of(text);
            ck_assert_msg(node->type == cases[i].type, "%s is of type %d", text, (int)node->type);
            ck_assert_str_eq(node->text, text);
            cnn_yaml_free(node);
        }
}
END_TEST

START_TEST(reads_the_values_of_numbers)
{
    static const struct {
        const char *text;
        double real;
        int64_t integer;
    } cases[] = {{"0o17", 15, 15},
                 {"0xfF", 255, 255},
                 {"-007", -7, -7},
                 {"9223372036854775807", 9223372036854775807.0, INT64_MAX},
                 {"-9223372036854775808", -9223372036854775808.0, INT64_MIN},
                 {"9223372036854775808", 9223372036854775808.0, 0},
                 {"0x10000000000000000", 18446744073709551616.0, 0},
                 {"0o2000000000000000000000", 18446744073709551616.0, 0},
                 {"1e-3", 1e-3, 0},
                 {".5", 0.5, 0},
                 {"1e400", (double)INFINITY, 0},
                 {"-.inf", -(double)INFINITY, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        cnn_yaml *node = tree_of(cases[i].text);
        ck_assert_msg(node->real == cases[i].real, "%s is %g", cases[i].text, node->real);
        ck_assert_int_eq(node->integer, cases[i].integer);
        cnn_yaml_free(node);
    }
}
END_TEST

START_TEST(takes_what_is_quoted_as_strings)
{
    cnn_yaml *list = tree_of("['1', \"true\", '', \"a\\tb\\u00e4\", 'it''s', \"~\"]");
    static const char *const texts[] = {"1", "true", "", "a\tb\xC3\xA4", "it's", "~"};
    ck_assert_uint_eq(list->count, COUNT(texts));
    for (size_t i = 0; i < COUNT(texts); i++) {
        ck_assert_int_eq(list->items[i]->type, CNN_YAML_STRING);
        ck_assert_str_eq(list->items[i]->text, texts[i]);
    }
    cnn_yaml_free(list);
}
END_TEST

static void check_mark(cnn_mark mark, int line, int column)
{
    ck_assert_str_eq(mark.file, "t.yaml");
    ck_assert_int_eq(mark.line, line);
    ck_assert_int_eq(mark.column, column);
}

START_TEST(knows_where_everything_stands)
{
    cnn_yaml *root = tree_of("\xEF\xBB\xBF\xC3\xA4: {b: 1,\n  c: [x]}\n\n1: &q yes\n2: *q\n");
    check_mark(root->mark, 1, 1);
    check_mark(root->keys[0]->mark, 1, 1);
    const cnn_yaml *map = cnn_yaml_get(root, "\xC3\xA4"); /* columns count letters, not bytes */
    check_mark(map->mark, 1, 4);
    check_mark(cnn_yaml_get(map, "b")->mark, 1, 8);
    check_mark(map->keys[1]->mark, 2, 3);
    check_mark(cnn_yaml_get(map, "c")->items[0]->mark, 2, 7);
    ck_assert(map->flow && !root->flow);
    ck_assert_int_eq(root->keys[1]->type, CNN_YAML_STRING);
    check_mark(cnn_yaml_get(root, "2")->mark, 5, 4);
    ck_assert_str_eq(cnn_yaml_get(root, "2")->text, "yes");
    cnn_yaml_free(root);
}
END_TEST

START_TEST(takes_an_empty_document_as_null)
{
    static const char *const texts[] = {"", "# nothing\n", "---\n", "\xEF\xBB\xBF", "---\n...\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        cnn_yaml *root = tree_of(texts[i]);
        ck_assert_int_eq(root->type, CNN_YAML_NULL);
        cnn_yaml_free(root);
    }
}
END_TEST

START_TEST(copies_at_aliases)
{
    cnn_yaml *root = tree_of("a: &x {k: [1, 2.5]}\nb: *x\nc: &x 3\nd: *x\n");
    ck_assert(trees_equal(cnn_yaml_get(root, "a"), cnn_yaml_get(root, "b")));
    ck_assert_ptr_ne(cnn_yaml_get(root, "a"), cnn_yaml_get(root, "b"));
    ck_assert_int_eq(cnn_yaml_get(root, "d")->integer, 3); /* the latest anchor of a name holds */
    cnn_yaml_free(root);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------ */

static void check_faults(const char *text, size_t size, const char *const *lines, size_t count)
{
    cnn_report report = {0};
    ck_assert_ptr_null(cnn_yaml_parse(text, size, "t", &report));
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_PIPELINE);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_lt(i, report.count);
        char *line = cnn_report_line(&report, i);
        ck_assert_str_eq(line, lines[i]);
        free(line);
    }
    ck_assert_uint_eq(report.count, count);
    cnn_report_free(&report);
}

static const struct {
    const char *text, *line;
} faults[] = {
    {"a: 1\n---\nb: 2", "t:2:1: a second document begins; a file holds one"},
    {"a: !!int 1", "t:1:4: tag 'tag:yaml.org,2002:int': tags are not allowed; a value has the type "
                   "that it is written as"},
    {"! {}", "t:1:1: tag '!': tags are not allowed; a value has the type that it is written as"},
    {"%TAG ! x\n--- a", "t:1:1: tags are not allowed, and neither is %TAG"},
    {"a: {<<: {b: 1}}", "t:1:5: '<<' does not merge maps here; write the keys out"},
    {"a: 1\nb: 2\n'a': 3", "t:3:1: key 'a' stands twice in one map; the first one is at 1:1"},
    {"~: 1", "t:1:1: a key is null; it must be a string"},
    {"? [a]\n: 1",
     "t:1:3: a key must be a string; a list, a map, an anchor or an alias cannot be one"},
    {"a: &k b\n*k : 1",
     "t:2:1: a key must be a string; a list, a map, an anchor or an alias cannot be one"},
    {"a: *b", "t:1:4: alias '*b' has no anchor; '&b' must stand before it"},
    {"a: &a {b: [*a]}",
     "t:1:12: alias '*a' stands inside of its own anchor; a value cannot hold itself"},
    {"a: \"x\\0y\"", "t:1:4: a string holds a NUL character, which is not allowed"},
    {"a: 1\nb\xC3\xA4: \xC3(", "t:2:6: not YAML in UTF-8: invalid trailing UTF-8 octet"},
    {"\xFF\xFE", "t:1:1: not YAML in UTF-8: invalid leading UTF-8 octet"},
    {"a: \x01", "t:1:4: not YAML in UTF-8: control characters are not allowed"},
    {"a:\n\t- b", "t:2:1: not YAML: a tab, '@', '`' or '%' cannot stand here; indent with spaces, "
                  "and put text that begins so in quotes"},
    {"a: b: c", "t:1:5: not YAML: no ':' can stand here; indent the keys of a map alike, and put "
                "text that holds ': ' in quotes"},
    {"a: [1,\n  2", "t:3:1: not YAML: did not find expected ',' or ']' while parsing a flow "
                    "sequence that begins at line 1"},
    {"a: 'x", "t:1:6: not YAML: found unexpected end of stream while scanning a quoted scalar"},
};

START_TEST(says_what_is_wrong_and_where)
{
    for (size_t i = 0; i < COUNT(faults); i++)
        check_faults(faults[i].text, strlen(faults[i].text), &faults[i].line, 1);
}
END_TEST

START_TEST(collects_the_faults_of_a_file)
{
    static const char text[] = "[*x, !t z, {q: 1, q: 2, q: 3}, {~: *x}]";
    static const char *const lines[] = {
        "t:1:2: alias '*x' has no anchor; '&x' must stand before it",
        "t:1:6: tag '!t': tags are not allowed; a value has the type that it is written as",
        "t:1:19: key 'q' stands twice in one map; the first one is at 1:13",
        "t:1:25: key 'q' stands twice in one map; the first one is at 1:13",
        "t:1:33: a key is null; it must be a string",
        "t:1:36: alias '*x' has no anchor; '&x' must stand before it",
    };
    check_faults(text, sizeof text - 1, lines, COUNT(lines));
}
END_TEST

/* `count` times `part` between `before` and `after`. */
static cnn_text repeated(const char *before, const char *part, size_t count, const char *after)
{
    cnn_text text = {0};
    cnn_text_add(&text, "%s", before);
    for (size_t i = 0; i < count; i++)
        cnn_text_add(&text, "%s", part);
    cnn_text_add(&text, "%s", after);
    return text;
}

static void check_bound(cnn_text text, const char *line)
{
    check_faults(text.data, text.length, &line, 1);
    cnn_text_free(&text);
}

static void check_within(cnn_text text)
{
    cnn_yaml_free(tree_of(text.data));
    cnn_text_free(&text);
}

START_TEST(keeps_its_bounds)
{
    check_within(repeated("", "- ", 63, "[]"));
    check_bound(repeated("", "- ", 64, "[]"),
                "t:1:129: lists and maps are nested deeper than 64 levels; that is the limit");
    check_bound(repeated("", "[", 1000000, ""),
                "t:1:65: lists and maps are nested deeper than 64 levels; that is the limit");
    check_within(repeated("", "- \n", 99999, ""));
    check_bound(repeated("", "- \n", 100000, ""),
                "t:100000:2: there are more than 100000 values, aliases counted in full; that is "
                "the limit");
    check_within(repeated("#", "x", (1u << 20) - 1, ""));
    check_bound(repeated("#", "x", 1u << 20, ""),
                "t: there are 1048577 bytes of YAML; at most 1 MiB is allowed");
    check_within(repeated("", "k", 128, ": 1"));
    check_bound(repeated("", "k", 129, ": 1"),
                "t:1:1: a key is longer than 128 bytes; that is the limit");
    check_within(repeated("", "- &a b\n", 1000, ""));
    check_bound(repeated("", "- &a b\n", 1001, ""),
                "t:1001:3: there are more than 1000 anchors; that is the limit");
}
END_TEST

START_TEST(bounds_what_aliases_expand_to)
{
    cnn_text laughs = {0};
    cnn_text_add(&laughs, "a0: &a0 [lol, lol]\n");
    for (int i = 1; i < 30; i++)
        cnn_text_add(&laughs, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    check_bound(laughs, "t:10:20: there are more than 100000 values, aliases counted in full; that "
                        "is the limit");
    check_bound(repeated("- &a ", "x", 1u << 19, "\n- *a\n- *a\n- *a\n"),
                "t:4:3: aliases copy more than 1 MiB of text; that is the limit");
    cnn_text deep = repeated("- &a ", "[", 40, "");
    for (int i = 0; i < 40; i++)
        cnn_text_add(&deep, "]");
    cnn_text_add(&deep, "\n- [[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]\n");
    check_bound(deep, "t:2:28: lists and maps are nested deeper than 64 levels by this alias; that "
                      "is the limit");
}
END_TEST

/* ---- hostile bytes -------------------------------------------------------------------------- */

static const char rich[] =
    "%YAML 1.1\n--- # a pipeline\nname: mnist\nseed: 0x1F\ndata: &d\n"
    "  train: {idx: {path: \"a\\x41\\u263a\", split: 'it''s'}}\n  ? test\n  : &f flatten\nlayers:\n"
    "  - conv2d: {filters: 32, kernel_size: [3, 3]}\n  - *f\n  - *d\n  -\n    - - .5\n    - ~\n"
    "text: |2-\n   kept\n\n  lines\nfolded: >+\n  a\n  b\n\nplain: a\n  b # c\n"
    "\xC3\xA4: {a, b: , ? c}\nz: [1e-3, .inf, -.INF, .nan, ]\n...\n";

/* Parses, and where that works writes and frees; memory checkers look on. */
static bool survives(const char *bytes, size_t size)
{
    char *exact = cnn_alloc(size, 1); /* so that a read past the end is seen */
    memcpy(exact, bytes, size);
    cnn_report report = {0};
    cnn_yaml *root = cnn_yaml_parse(exact, size, "t", &report);
    const bool consistent = !root == (report.errors > 0);
    if (root) {
        char *written = cnn_yaml_emit(root);
        cnn_yaml *again = tree_of(written);
        ck_assert_msg(trees_equal(root, again), "%s", written);
        cnn_yaml_free(again);
        free(written);
    }
    cnn_yaml_free(root);
    cnn_report_free(&report);
    free(exact);
    return consistent;
}

START_TEST(survives_every_truncation)
{
    cnn_yaml_free(tree_of(rich));
    for (size_t size = 0; size < sizeof rich; size++)
        ck_assert_msg(survives(rich, size), "%zu bytes", size);
}
END_TEST

START_TEST(survives_mutations)
{
    static const char interesting[] = "\0\t\n\r !\"#%&'*,-:>?[]{|}~@`\\0\x7F\x80\xC3\xE2\xF4\xFF";
    char bytes[sizeof rich];
    uint32_t state = 1;
    for (int round = 0; round < 20000; round++) {
        memcpy(bytes, rich, sizeof rich);
        size_t size = sizeof rich - 1;
        for (int edit = 0; edit <= round % 4; edit++) {
            state = state * 1664525u + 1013904223u;
            const size_t at = (state >> 8) % (size - 8);
            switch (state >> 30) {
            case 0:
                bytes[at] = interesting[state % (sizeof interesting - 1)];
                break;
            case 1:
                bytes[at] ^= (char)(1 << (state % 7));
                break;
            case 2: /* cut out */
                size -= state % 8;
                memmove(bytes + at, bytes + at + state % 8, size - at);
                break;
            default: /* repeat */
                memmove(bytes + at, bytes + at / 2, size - at < 8 ? size - at : 8);
            }
        }
        ck_assert_msg(survives(bytes, size), "round %d", round);
    }
}
END_TEST

/* ---- files ---------------------------------------------------------------------------------- */

START_TEST(reads_regular_files_only)
{
    char folder[] = "/tmp/test_yaml.XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char *path = cnn_format("%s/a.yaml", folder), *fifo = cnn_format("%s/fifo", folder);
    cnn_report report = {0};
    ck_assert_ptr_null(cnn_yaml_read(path, &report));
    ck_assert_ptr_null(cnn_yaml_read(folder, &report));
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_ptr_null(cnn_yaml_read(fifo, &report));
    ck_assert_ptr_null(cnn_yaml_read("/dev/zero", &report));
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("a: 1\nb: [", file);
    fclose(file);
    ck_assert_ptr_null(cnn_yaml_read(path, &report));
    ck_assert_uint_eq(report.errors, 5);
    for (size_t i = 0; i < report.count; i++)
        ck_assert_int_eq(report.problems[i].code, CNN_EXIT_PIPELINE);
    ck_assert_str_eq(report.problems[4].mark.file, path);
    cnn_report_free(&report);
    ck_assert_int_eq(truncate(path, 5), 0);
    cnn_yaml *root = cnn_yaml_read(path, &report);
    ck_assert_int_eq(cnn_yaml_get(root, "a")->integer, 1);
    cnn_yaml_free(root);
    ck_assert_int_eq(truncate(path, (1 << 20) + 1), 0);
    ck_assert_ptr_null(cnn_yaml_read(path, &report));
    ck_assert_int_eq(cnn_report_code(&report), CNN_EXIT_PIPELINE);
    cnn_report_free(&report);
    unlink(path);
    unlink(fifo);
    rmdir(folder);
    free(path);
    free(fifo);
}
END_TEST

UNIT_MAIN("yaml", types_plain_scalars_by_the_core_schema, reads_the_values_of_numbers,
          takes_what_is_quoted_as_strings, knows_where_everything_stands,
          takes_an_empty_document_as_null, copies_at_aliases, says_what_is_wrong_and_where,
          collects_the_faults_of_a_file, keeps_its_bounds, bounds_what_aliases_expand_to,
          survives_every_truncation, survives_mutations, reads_regular_files_only)
