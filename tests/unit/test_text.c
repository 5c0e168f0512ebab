/* test_text.c - strings grow, numbers read back to the same bits, and near names are found. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "unit.h"

START_TEST(builds_strings_of_any_length)
{
    cnn_text text = {0};
    for (int i = 0; i < 5000; i++)
        cnn_text_add(&text, "%d,", i % 10);
    ck_assert_uint_eq(text.length, 10000);
    ck_assert_uint_eq(strlen(text.data), 10000);
    ck_assert_int_eq(memcmp(text.data + 9990, "5,6,7,8,9,", 11), 0);
    cnn_text_add_bytes(&text, "a\0b", 3);
    ck_assert_uint_eq(text.length, 10003);
    ck_assert_int_eq(text.data[10002], 'b');
    cnn_text_free(&text);
    ck_assert_ptr_null(text.data);
    cnn_text_add_bytes(&text, NULL, 0);
    ck_assert_str_eq(text.data, "");
    cnn_text_free(&text);
    char *one = cnn_format("%s is %03d", "x", 7);
    ck_assert_str_eq(one, "x is 007");
    free(one);
}
END_TEST

START_TEST(writes_reals_as_people_do)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1, "1"},
                 {100, "100"},
                 {-60000, "-60000"},
                 {0.1, "0.1"},
                 {1e-3, "0.001"},
                 {1e-7, "1e-07"},
                 {1.0 / 3, "0.3333333333333333"},
                 {123456789.125, "123456789.125"},
                 {1e20, "1e+20"},
                 {5e-324, "5e-324"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {(double)INFINITY, "inf"},
                 {-(double)INFINITY, "-inf"},
                 {(double)NAN, "nan"},
                 {-(double)NAN, "nan"}};
    char out[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(cnn_format_real(cases[i].value, out), cases[i].text);
}
END_TEST

START_TEST(reads_back_to_the_same_bits)
{
    uint64_t bits = 0x9E3779B97F4A7C15;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        double value, again;
        char out[32];
        memcpy(&value, &bits, sizeof value);
        if (i % 2) /* short ones too */
            value = rint(fmod(value, 1e6) * 100) / 100;
        if (!isfinite(value))
            continue;
        again = strtod(cnn_format_real(value, out), NULL);
        ck_assert_msg(!memcmp(&again, &value, sizeof value), "%s", out);
        ck_assert_uint_lt(strlen(out), 32);
    }
}
END_TEST

static const char *const plugins[] = {"relu", "adam", "sgd", "conv2d", "max_pooling2d", "dropout"};
#define PLUGINS (sizeof plugins / sizeof plugins[0])

START_TEST(finds_the_nearest_name)
{
    static const struct {
        const char *name, *nearest;
    } cases[] = {{"adma", "adam"},     /* a swap is one edit */
                 {"adaam", "adam"},    /* one too many */
                 {"conv2", "conv2d"},  /* one too few */
                 {"conv3d", "conv2d"}, /* another one */
                 {"ReLU", "relu"},     /* case counts for nothing */
                 {"SGD", "sgd"},
                 {"maxpooling2d", "max_pooling2d"},
                 {"maxpool2d", NULL}, /* 4 edits of 9 letters */
                 {"drop_out", "dropout"},
                 {"sg", "sgd"},
                 {"x", NULL},
                 {"", NULL},
                 {"adamw", "adam"},
                 {"batch_normalization", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = cnn_nearest(cases[i].name, plugins, PLUGINS);
        ck_assert_msg((!nearest && !cases[i].nearest) ||
                          (nearest && cases[i].nearest && !strcmp(nearest, cases[i].nearest)),
                      "%s: %s", cases[i].name, nearest ? nearest : "none");
    }
}
END_TEST

START_TEST(takes_the_first_of_equally_near_names_and_bears_long_ones)
{
    static const char *const two[] = {"cat", "car"};
    ck_assert_ptr_eq(cnn_nearest("cap", two, 2), two[0]);
    char name[66], other[66];
    memset(name, 'a', 65);
    name[65] = '\0';
    memcpy(other, name, sizeof name);
    other[10] = 'b';
    const char *const candidates[] = {other, other + 1}; /* 65 and 64 letters */
    ck_assert_ptr_null(cnn_nearest(name, candidates, 2));
    ck_assert_ptr_eq(cnn_nearest(name + 1, candidates, 2), candidates[1]);
}
END_TEST

START_TEST(suggests_or_lists)
{
    char *near = cnn_suggest("adma", plugins, PLUGINS);
    ck_assert_str_eq(near, "; did you mean 'adam'?");
    char *far = cnn_suggest("zzz", plugins, 3);
    ck_assert_str_eq(far, "; known: relu, adam, sgd");
    char *none = cnn_suggest("zzz", NULL, 0);
    ck_assert_str_eq(none, "");
    free(near);
    free(far);
    free(none);
}
END_TEST

START_TEST(knows_identifiers_and_run_names)
{
    ck_assert(cnn_is_identifier("conv2d_1") && cnn_is_identifier("a"));
    static const char *const not_identifiers[] = {"",    "2d",  "_a",  "Conv",
                                                  "a-b", "a.b", "a b", "a/b"};
    for (size_t i = 0; i < sizeof not_identifiers / sizeof not_identifiers[0]; i++)
        ck_assert_msg(!cnn_is_identifier(not_identifiers[i]), "%s", not_identifiers[i]);
    ck_assert(cnn_is_run_name("1") && cnn_is_run_name("-a.B_9") && cnn_is_run_name("_"));
    static const char *const not_names[] = {"", ".", "..", ".a", "a/b", "a b", "a\n", "\xC3\xA4"};
    for (size_t i = 0; i < sizeof not_names / sizeof not_names[0]; i++)
        ck_assert_msg(!cnn_is_run_name(not_names[i]), "%s", not_names[i]);
    char longest[66] = {0};
    memset(longest, 'a', 64);
    ck_assert(cnn_is_identifier(longest) && cnn_is_run_name(longest));
    longest[64] = 'a';
    ck_assert(!cnn_is_identifier(longest) && !cnn_is_run_name(longest));
}
END_TEST

START_TEST(shows_what_a_terminal_may_have)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"", ""},
        {"a \\x1b \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
         "a \\x1b \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"\x01\x1b\x1f\x7f\r\b", "\\x01\\x1b\\x1f\\x7f\\x0d\\x08"},
        {"\n\t", "\n\\x09"},
        {"\xC2\x80\xC2\x9F\xC2\xA0", "\\u0080\\u009f\xC2\xA0"},
        {"\x80\x9B\xFF\xC3", "\\x80\\x9b\\xff\\xc3"},
        {"\xE2\x80\xAA\xE2\x80\xAE\xE2\x80\xAF", "\\u202a\\u202e\xE2\x80\xAF"},
        {"\xE2\x81\xA6\xE2\x81\xA9\xE2\x81\xAA", "\\u2066\\u2069\xE2\x81\xAA"},
        {"\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", "\\u200e\\u200f\\u061c"},
        {"\xC0\x9B\xE0\x82\x9B", "\\xc0\\x9b\\xe0\\x82\\x9b"}, /* too long a form */
        {"\xED\xA0\x80\xF4\x90\x80\x80", "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *shown = cnn_printable(cases[i].text, "\n");
        ck_assert_str_eq(shown, cases[i].shown);
        free(shown);
    }
    cnn_text line = {0};
    cnn_text_add_words(&line,
                       (const char *const[]){"a b", "it's", "\x1b'\\\xC2\x9B\xC3\xA4", NULL});
    ck_assert_str_eq(line.data, "'a b' 'it'\\''s' $'\\033\\'\\\\\\302\\233\xC3\xA4'");
    cnn_text_free(&line);
}
END_TEST

UNIT_MAIN("text", builds_strings_of_any_length, writes_reals_as_people_do,
          reads_back_to_the_same_bits, finds_the_nearest_name,
          takes_the_first_of_equally_near_names_and_bears_long_ones, suggests_or_lists,
          knows_identifiers_and_run_names, shows_what_a_terminal_may_have)
