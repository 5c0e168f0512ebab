/* test_yaml_write.c - trees that are built, written, and read again. */
#include <math.h>

#include "base/text.h"
#include "tree.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

/* ---- cnn_yaml_emit -------------------------------------------------------------------------- */

static void check_emitted(const cnn_yaml *root, const char *expected)
{
    char *written = cnn_yaml_emit(root);
    if (expected)
        ck_assert_str_eq(written, expected);
    cnn_yaml *again = tree_of(written);
    ck_assert_msg(trees_equal(root, again), "%s", written);
    cnn_yaml_free(again);
    free(written);
}

START_TEST(writes_a_pipeline_as_people_do)
{
    static const char pipeline[] =
        "name: mnist\n"
        "data:\n"
        "  train: {idx: {path: /data/mnist, split: train}}\n"
        "network:\n"
        "  layers:\n"
        "    - conv2d: {filters: 32, kernel_size: [3, 3], rate: 1e-3}\n"
        "    - flatten\n"
        "    - relu: {}\n"
        "    - dense:\n"
        "        units: 10\n"
        "        kernel_initializer:\n"
        "          variance_scaling: {scale: 2.0, distribution: truncated_normal, and: something, "
        "so: long}\n"
        "    - [1, 2]\n"
        "    - - a: 1\n"
        "      - [b]\n"
        "loss: {confused: {pairs: [[7, 1], [8, 3]]}}\n"
        "metrics: []\n"
        "train: {epochs: 12, batch_size: 128}\n";
    cnn_yaml *root = tree_of(pipeline);
    check_emitted(root, pipeline);
    cnn_yaml_free(root);
}
END_TEST

START_TEST(breaks_lines_that_would_be_too_long)
{
    cnn_yaml *root = cnn_yaml_new(CNN_YAML_MAP), *list = cnn_yaml_new(CNN_YAML_LIST);
    cnn_yaml_put(root, "list", list);
    for (int i = 0; i < 31; i++)
        cnn_yaml_push(list, cnn_yaml_integer(1));
    char *line = cnn_yaml_emit(root);
    ck_assert_uint_eq(strlen(line), 100);
    free(line);
    cnn_yaml_push(list, cnn_yaml_integer(1)); /* 102 columns */
    char *lines = cnn_yaml_emit(root);
    ck_assert_int_eq(strncmp(lines, "list:\n  - 1\n  - 1\n", 18), 0);
    free(lines);
    cnn_yaml_free(root);
}
END_TEST

START_TEST(quotes_what_would_read_as_something_else)
{
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"relu", "relu\n"},
        {"a b", "a b\n"},
        {"/data/mnist-1.5", "/data/mnist-1.5\n"},
        {"1.2.3", "1.2.3\n"},
        {"", "\"\"\n"},
        {"1", "\"1\"\n"},
        {"1e3", "\"1e3\"\n"},
        {"0x1F", "\"0x1F\"\n"},
        {"true", "\"true\"\n"},
        {"Null", "\"Null\"\n"},
        {"~", "\"~\"\n"},
        {".inf", "\".inf\"\n"},
        {"-a", "\"-a\"\n"},
        {"---", "\"---\"\n"},
        {"...", "\"...\"\n"},
        {" a", "\" a\"\n"},
        {"a ", "\"a \"\n"},
        {"a: b", "\"a: b\"\n"},
        {"a #b", "\"a #b\"\n"},
        {"[a]", "\"[a]\"\n"},
        {"<<", "\"<<\"\n"},
        {"it's \"so\" \\", "\"it's \\\"so\\\" \\\\\"\n"},
        {"a\n\tb\r", "\"a\\n\\tb\\x0D\"\n"},
        {"\x7F\x1B", "\"\\x7F\\x1B\"\n"},
        {"\xC3\xA4\xE2\x98\xBA\xF0\x9F\x98\x80", "\"\xC3\xA4\xE2\x98\xBA\xF0\x9F\x98\x80\"\n"},
        {"\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF\xEF\xBF\xBF", "\"\\x85\\u2028\\uFEFF\\uFFFF\"\n"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        cnn_yaml *node = cnn_yaml_string(cases[i].text);
        check_emitted(node, cases[i].written);
        cnn_yaml_free(node);
    }
}
END_TEST

START_TEST(replaces_bytes_that_are_no_utf8)
{
    cnn_yaml *node = cnn_yaml_string("a\xFF"
                                     "b\xC3\xED\xA0\x80\xC0\x80\xF4\x90\x80\x80");
    char *written = cnn_yaml_emit(node);
    ck_assert_int_eq(strncmp(written, "\"a\\uFFFDb\\uFFFD\\uFFFD", 21), 0);
    cnn_yaml_free(tree_of(written));
    free(written);
    cnn_yaml_free(node);
}
END_TEST

START_TEST(keeps_the_type_and_bits_of_numbers)
{
    static const double reals[] = {0,
                                   -0.0,
                                   1,
                                   -1,
                                   1e15,
                                   1e16,
                                   1e-300,
                                   0.1,
                                   1e22,
                                   1e23,
                                   5e-324,
                                   1.0 / 3,
                                   128,
                                   2.5,
                                   1.7976931348623157e308,
                                   (double)INFINITY,
                                   -(double)INFINITY,
                                   (double)NAN};
    static const int64_t integers[] = {0, -1, 1, INT64_MAX, INT64_MIN};
    cnn_yaml *list = cnn_yaml_new(CNN_YAML_LIST);
    for (size_t i = 0; i < COUNT(reals); i++)
        cnn_yaml_push(list, cnn_yaml_real(reals[i]));
    for (size_t i = 0; i < COUNT(integers); i++)
        cnn_yaml_push(list, cnn_yaml_integer(integers[i]));
    cnn_yaml_push(list, cnn_yaml_bool(true));
    cnn_yaml_push(list, cnn_yaml_new(CNN_YAML_NULL));
    check_emitted(list, NULL);
    ck_assert_str_eq(list->items[2]->text, "1.0");
    cnn_yaml_free(list);
}
END_TEST

static uint32_t state;

static uint32_t chance(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static cnn_yaml *random_string(void)
{
    static const char *const parts[] = {"a",
                                        "B_9",
                                        " ",
                                        ": ",
                                        "#",
                                        "-",
                                        ".",
                                        "1",
                                        "\n",
                                        "\t",
                                        "'",
                                        "\"",
                                        "\\",
                                        "{",
                                        "]",
                                        ",",
                                        "true",
                                        "null",
                                        "e5",
                                        "0x",
                                        "&",
                                        "*",
                                        "!",
                                        "%",
                                        "@",
                                        "?",
                                        "|",
                                        "\xC3\xA4",
                                        "\xE2\x80\xA9",
                                        "\x01",
                                        "~",
                                        "<<",
                                        "long words of plain text "};
    cnn_text text = {0};
    cnn_text_add(&text, "%s", "");
    for (uint32_t i = chance(5); i > 0; i--)
        cnn_text_add(&text, "%s", parts[chance(COUNT(parts))]);
    cnn_yaml *node = cnn_yaml_string(text.data);
    cnn_text_free(&text);
    return node;
}

static cnn_yaml *random_tree(int depth)
{
    const cnn_yaml_type type = (cnn_yaml_type)(depth ? chance(7) : chance(5));
    cnn_yaml *node = type == CNN_YAML_STRING    ? random_string()
                     : type == CNN_YAML_INTEGER ? cnn_yaml_integer((int64_t)chance(1000) - 500)
                     : type == CNN_YAML_REAL    ? cnn_yaml_real(chance(1000) / 8.0)
                     : type == CNN_YAML_BOOL    ? cnn_yaml_bool(chance(2))
                                                : cnn_yaml_new(type);
    node->flow = type >= CNN_YAML_LIST && chance(3) == 0;
    for (uint32_t i = type >= CNN_YAML_LIST ? chance(5) : 0; i > 0; i--) {
        cnn_yaml *key = random_string();
        if (type == CNN_YAML_MAP)
            cnn_yaml_put(node, key->text, random_tree(depth - 1));
        else
            cnn_yaml_push(node, random_tree(depth - 1));
        cnn_yaml_free(key);
    }
    return node;
}

START_TEST(reads_back_every_tree)
{
    for (state = 0; state < 5000; state++) {
        const uint32_t seed = state;
        cnn_yaml *root = random_tree(5), *copy = cnn_yaml_copy(root);
        check_emitted(root, NULL);
        ck_assert(trees_equal(root, copy));
        cnn_yaml_free(root);
        cnn_yaml_free(copy);
        state = seed;
    }
}
END_TEST

START_TEST(reads_back_the_longest_keys_and_strings)
{
    char key[129], text[5001];
    memset(key, '\x01', 128); /* four letters each, when written */
    memset(text, 'x', 5000);
    key[128] = text[5000] = '\0';
    cnn_yaml *root = cnn_yaml_new(CNN_YAML_MAP), *list = cnn_yaml_new(CNN_YAML_LIST);
    cnn_yaml_put(root, key, list);
    cnn_yaml_push(list, cnn_yaml_string(text));
    check_emitted(root, NULL);
    check_emitted(list, NULL);
    check_emitted(list->items[0], NULL);
    cnn_yaml_free(root);
}
END_TEST

/* ---- the tree ------------------------------------------------------------------------------- */

START_TEST(describes_what_stands_there)
{
    static const char *const cases[][2] = {{"[1]", "a list"},      {"{}", "a map"},
                                           {"~", "null"},          {"1e-3", "1e-3"},
                                           {"True", "True"},       {"a b", "the string 'a b'"},
                                           {"''", "the string ''"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        cnn_yaml *node = tree_of(cases[i][0]);
        char *seen = cnn_yaml_describe(node);
        ck_assert_str_eq(seen, cases[i][1]);
        free(seen);
        cnn_yaml_free(node);
    }
    char text[100];
    memset(text, 'x', 63);
    strcpy(text + 63, "\xC3\xA4yz"); /* the cut would go through the letter */
    cnn_yaml *node = cnn_yaml_string(text);
    char *seen = cnn_yaml_describe(node);
    ck_assert_uint_eq(strlen(seen), strlen("the string '...'") + 63);
    free(seen);
    cnn_yaml_free(node);
}
END_TEST

START_TEST(gets_and_puts)
{
    cnn_yaml *map = cnn_yaml_new(CNN_YAML_MAP);
    ck_assert_ptr_null(cnn_yaml_get(NULL, "a"));
    ck_assert_ptr_null(cnn_yaml_get(map, "a"));
    cnn_yaml_put(map, "a", cnn_yaml_integer(1));
    cnn_yaml_put(map, "b", cnn_yaml_integer(2));
    cnn_yaml_put(map, "a", cnn_yaml_integer(3));
    ck_assert_uint_eq(map->count, 2);
    ck_assert_int_eq(cnn_yaml_get(map, "a")->integer, 3);
    ck_assert_ptr_null(cnn_yaml_get(cnn_yaml_get(map, "a"), "a"));
    cnn_yaml_free(map);
    cnn_yaml_free(NULL);
}
END_TEST

UNIT_MAIN("yaml_write", writes_a_pipeline_as_people_do, breaks_lines_that_would_be_too_long,
          quotes_what_would_read_as_something_else, replaces_bytes_that_are_no_utf8,
          keeps_the_type_and_bits_of_numbers, reads_back_every_tree,
          reads_back_the_longest_keys_and_strings, describes_what_stands_there, gets_and_puts)
