/* test_param.c - parameters read from YAML, refused in words, written back, explained.
 *
 * Tables with flaws are in tests/broken/param_*.c. */
#include "unit_plugin.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

typedef struct settings {
    int32_t on, mode, way;
    int64_t units, maybe;
    double rate, least, hope;
    const char *label, *folder;
    cnn_shape pool, size;
    cnn_integers steps;
    cnn_reals weights;
    cnn_pairs confused;
    cnn_numbers shares;
    cnn_texts words;
    cnn_matrix costs;
    const cnn_handle *inner;
} settings;

#define P(...) CNN_PARAM(settings, __VA_ARGS__, "help")
static const char *const modes[] = {"valid", "same", NULL};
static const cnn_param params[] = {
    P(units, CNN_INTEGER, NULL, 1, INFINITY, 0),
    CNN_PARAM_BOOL(settings, on, "true", "help"),
    CNN_PARAM_CHOICE(settings, mode, "valid", modes, "help"),
    {"way", "help", "null", modes, 0, 0, offsetof(settings, way), 4, CNN_CHOICE, CNN_NULLABLE, 0,
     0},
    P(maybe, CNN_INTEGER, "null", -5, 5, CNN_NULLABLE),
    P(rate, CNN_REAL, "0.5", 0, 1, CNN_BELOW_MAX),
    P(least, CNN_REAL, "1", 0, INFINITY, CNN_ABOVE_MIN),
    P(hope, CNN_REAL, "null", -INFINITY, INFINITY, CNN_NULLABLE),
    P(label, CNN_STRING, "null", 0, 0, CNN_NULLABLE),
    P(folder, CNN_STRING, "null", 0, 0, CNN_NULLABLE | CNN_PATH),
    P(pool, CNN_SHAPE, "2", 1, INFINITY, 0),
    P(size, CNN_SHAPE, "null", 0, 100, CNN_NULLABLE),
    P(steps, CNN_INTEGERS, "[]", 0, INFINITY, 0),
    P(weights, CNN_REALS, "null", 0, INFINITY, CNN_NULLABLE),
    P(confused, CNN_PAIRS, "[]", 0, 9, 0),
    P(shares, CNN_NUMBERS, "{}", 0, INFINITY, CNN_ABOVE_MIN),
    P(words, CNN_TEXTS, "null", 0, 0, CNN_NULLABLE),
    P(costs, CNN_MATRIX, "null", -1, 9, CNN_NULLABLE),
    CNN_PARAM_PLUGIN(settings, inner, CNN_KIND_SCHEDULE, "null", CNN_NULLABLE, "help"),
    CNN_PARAM_END};
static const cnn_head head = {.struct_size = sizeof(cnn_head),
                              .param_size = sizeof(cnn_param),
                              .name = "dense",
                              .params = params,
                              .self_size = sizeof(settings)};

/* Fills from a map in flow style; faults as lines, or NULL. */
static char *fill(const char *given, settings *self, cnn_param_memory *memory)
{
    cnn_report report = {0};
    cnn_yaml *map = cnn_yaml_parse(given, strlen(given), "y", &report);
    const cnn_mark mark = {"y", 9, 9};
    memset(self, 0, sizeof *self);
    const cnn_filling f = {
        .plugin = head.name, .memory = memory, .report = &report, .plugins = unit_plugins()};
    const bool good = cnn_param_fill(&f, &head, NULL, map, mark, self);
    ck_assert_int_eq(good, report.errors == 0);
    ck_assert_int_eq(cnn_report_code(&report), good ? CNN_EXIT_DONE : CNN_EXIT_PIPELINE);
    char *lines = good ? NULL : unit_lines(&report);
    cnn_yaml_free(map);
    cnn_report_free(&report);
    return lines;
}

START_TEST(table_of_this_test_has_no_flaw)
{
    cnn_report report = {0};
    ck_assert(cnn_param_lint(&head, "PATH", &report));
    unit_no_faults(&report);
}
END_TEST

START_TEST(defaults_are_filled_in)
{
    settings s;
    cnn_param_memory memory = {0};
    ck_assert_ptr_null(fill("{units: 3}", &s, &memory));
    ck_assert_int_eq(s.units, 3);
    ck_assert_int_eq(s.on, 1);
    ck_assert_int_eq(s.mode, 0);
    ck_assert_int_eq(s.way, -1);
    ck_assert(s.maybe == INT64_MIN && isnan(s.hope) && !s.label && !s.folder && !s.weights.items);
    ck_assert_double_eq(s.rate, 0.5);
    ck_assert_double_eq(s.least, 1);
    ck_assert(s.pool.rank == 2 && s.pool.dim[0] == 2 && s.pool.dim[1] == 2 && s.pool.dim[2] == 0);
    ck_assert_uint_eq(s.size.rank, 0);
    ck_assert(s.steps.count == 0 && s.weights.count == 0 && s.confused.count == 0);
    ck_assert(s.shares.items && s.shares.count == 0 && !s.words.items && s.words.count == 0);
    ck_assert(!s.costs.items && s.costs.rows == 0 && s.costs.columns == 0 && !s.inner);
    cnn_param_memory_free(&memory);
}
END_TEST

START_TEST(values_are_read)
{
    settings s;
    cnn_param_memory memory = {0};
    ck_assert_ptr_null(
        fill("{units: 9223372036854775807, on: false, mode: same, way: same, maybe: -5, "
             "rate: 0, least: 5e-324, hope: 2, label: x y, folder: a/b, pool: [3], "
             "size: [1, 2, 3, 100], steps: [0, 7], weights: [1, 2.5], "
             "confused: [[7, 1], [8, 3]], shares: {7: 1.3, cat: 2, true: 1}, words: [a b, '7'], "
             "costs: [[0, 1, 2], [-1, 0, 9]], inner: {warmup: {steps: 4}}}",
             &s, &memory));
    ck_assert_int_eq(s.units, INT64_MAX);
    ck_assert(!s.on && s.mode == 1 && s.way == 1 && s.maybe == -5);
    ck_assert(s.rate == 0 && s.least > 0 && s.hope == 2);
    ck_assert_str_eq(s.label, "x y");
    ck_assert(s.pool.rank == 1 && s.pool.dim[0] == 3 && s.size.rank == 4 && s.size.dim[3] == 100);
    ck_assert(s.steps.count == 2 && s.steps.items[1] == 7);
    ck_assert(s.weights.count == 2 && s.weights.items[0] == 1 && s.weights.items[1] == 2.5);
    ck_assert(s.confused.count == 2 && s.confused.items[1][0] == 8 && s.confused.items[1][1] == 3);
    ck_assert(s.shares.count == 3 && s.shares.items[0].value == 1.3 &&
              s.shares.items[1].value == 2);
    ck_assert_str_eq(s.shares.items[0].name, "7");
    ck_assert_str_eq(s.shares.items[1].name, "cat");
    ck_assert_str_eq(s.shares.items[2].name, "true");
    ck_assert_uint_eq(s.words.count, 2);
    ck_assert_str_eq(s.words.items[0], "a b");
    ck_assert_str_eq(s.words.items[1], "7");
    ck_assert(s.costs.rows == 2 && s.costs.columns == 3 && s.costs.items[3] == -1 &&
              s.costs.items[5] == 9);
    const cnn_schedule *schedule = s.inner->plugin;
    const cnn_schedule_point point = {sizeof point, 1, 10, 100, 0.1};
    ck_assert_str_eq(schedule->name, "warmup");
    ck_assert_double_eq_tol(schedule->rate(s.inner->self, &point), 0.05, 1e-12);
    char here[4096];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(strncmp(s.folder, here, strlen(here)), 0);
    ck_assert_str_eq(s.folder + strlen(here), "/a/b");
    cnn_param_memory_free(&memory);
}
END_TEST

START_TEST(resolved_gives_the_same_again)
{
    settings s, again;
    cnn_param_memory memory = {0};
    ck_assert_ptr_null(
        fill("{units: 3, rate: 0.1, size: 4, steps: [1, 2], weights: [], folder: /a, "
             "label: 'true', confused: [[7, 1]], shares: {7: 1, b: 2}, words: [x, 'true'], "
             "costs: [[0, 1.5]], inner: warmup}",
             &s, &memory));
    cnn_yaml *map = cnn_param_resolved(&head, &s);
    char *text = cnn_yaml_emit(map);
    ck_assert_str_eq(text, "units: 3\non: true\nmode: valid\nway: null\nmaybe: null\nrate: 0.1\n"
                           "least: 1.0\nhope: null\nlabel: \"true\"\nfolder: /a\npool: [2, 2]\n"
                           "size: [4, 4]\nsteps: [1, 2]\nweights: []\nconfused: [[7, 1]]\n"
                           "shares: {\"7\": 1.0, b: 2.0}\nwords: [x, \"true\"]\n"
                           "costs: [[0.0, 1.5]]\ninner:\n  warmup: {steps: null, epochs: null, "
                           "from: 0.0, then: constant}\n");
    ck_assert_ptr_null(fill(text, &again, &memory));
    cnn_yaml *second = cnn_param_resolved(&head, &again);
    char *same = cnn_yaml_emit(second);
    ck_assert_str_eq(same, text);
    s.mode = 7; /* a plugin's init wrote nonsense */
    cnn_yaml_free(second);
    second = cnn_param_resolved(&head, &s);
    ck_assert_int_eq(cnn_yaml_get(second, "mode")->type, CNN_YAML_NULL);
    cnn_yaml_free(map);
    cnn_yaml_free(second);
    free(text);
    free(same);
    cnn_param_memory_free(&memory);
}
END_TEST

START_TEST(wrong_values_are_refused_in_words)
{
    static const char *const cases[][2] = {
        {"units: many", "units is the string 'many'; it must be an integer of 1 or more"},
        {"units: 32.0", "units is 32.0; it must be an integer of 1 or more"},
        {"units: 0", "units is 0; it must be 1 or more"},
        {"units: null", "units is null; it must be an integer of 1 or more"},
        {"units: 9223372036854775808",
         "units is 9223372036854775808; it must be an integer of 1 or more"},
        {"on: 1", "on is 1; it must be true or false"},
        {"on: yes", "on is the string 'yes'; it must be true or false"},
        {"mode: smae",
         "mode is the string 'smae'; it must be one of valid, same; did you mean 'same'?"},
        {"mode: 3", "mode is 3; it must be one of valid, same"},
        {"way: none", "way is the string 'none'; it must be one of valid, same, or null"},
        {"maybe: 6", "maybe is 6; it must be in [-5, 5]"},
        {"maybe: -9223372036854775808",
         "maybe is -9223372036854775808; it must be an integer in [-5, 5], or null"},
        {"maybe: x", "maybe is the string 'x'; it must be an integer in [-5, 5], or null"},
        {"rate: 1", "rate is 1; it must be in [0, 1)"},
        {"rate: -1e-9", "rate is -1e-9; it must be in [0, 1)"},
        {"rate: .nan", "rate is .nan; it must be finite"},
        {"rate: [1]", "rate is a list; it must be a real in [0, 1)"},
        {"least: 0", "least is 0; it must be above 0"},
        {"least: .inf", "least is .inf; it must be finite"},
        {"least: x", "least is the string 'x'; it must be a real above 0"},
        {"hope: x", "hope is the string 'x'; it must be a real, or null"},
        {"label: 3", "label is 3; it must be a string, not empty, or null"},
        {"label: ''", "label is the string ''; it must be a string, not empty, or null"},
        {"folder: 3", "folder is 3; it must be a path, or null"},
        {"pool: 0", "pool is 0; it must be 1 or more"},
        {"pool: [2, 0]", "pool[1] is 0; it must be 1 or more"},
        {"pool: [2, x]", "pool[1] is the string 'x'; it must be an integer of 1 or more"},
        {"pool: []",
         "pool is a list; it must be an integer of 1 or more, or a list of 1 to 4 of them"},
        {"pool: [1, 1, 1, 1, 1]",
         "pool is a list; it must be an integer of 1 or more, or a list of 1 to 4 of them"},
        {"size: 0", "size is 0; it must be in [1, 100]"},
        {"steps: 3", "steps is 3; it must be a list of integers of 0 or more"},
        {"steps: [1, -1]", "steps[1] is -1; it must be 0 or more"},
        {"steps: [1.5]", "steps[0] is 1.5; it must be an integer of 0 or more"},
        {"weights: [null]", "weights[0] is null; it must be a real of 0 or more"},
        {"weights: [.inf]", "weights[0] is .inf; it must be finite"},
        {"confused: [7, 1]", "confused is 7; it must be a pair of integers, such as [7, 1]"},
        {"confused: [[7]]", "confused is a list; it must be a pair of integers, such as [7, 1]"},
        {"confused: [[7, 10]]", "confused[0][1] is 10; it must be in [0, 9]"},
        {"confused: {}",
         "confused is a map; it must be a list of pairs [a, b] of integers in [0, 9]"},
        {"shares: {a: 0}", "shares.a is 0; it must be above 0"},
        {"shares: {a: x}", "shares.a is the string 'x'; it must be a real above 0"},
        {"shares: {a: null}", "shares.a is null; it must be a real above 0"},
        {"shares: null", "shares is null; it must be a map of names to reals above 0"},
        {"shares: [1]", "shares is a list; it must be a map of names to reals above 0"},
        {"words: word",
         "words is the string 'word'; it must be a list of strings, none empty, or null"},
        {"words: [a, 7]", "words[1] is 7; it must be a string, not empty"},
        {"words: ['']", "words[0] is the string ''; it must be a string, not empty"},
        {"costs: 3", "costs is 3; it must be a list of rows, lists of reals in [-1, 9], or null"},
        {"costs: [1, 2]", "costs is 1; it must be a row, a list of one number or more"},
        {"costs: [[]]", "costs is a list; it must be a row, a list of one number or more"},
        {"costs: [[1, 2], [3]]", "costs[1] has 1 numbers; it must have 2, as costs[0] has"},
        {"costs: [[1, 2], [3, 10]]", "costs[1][1] is 10; it must be in [-1, 9]"},
        {"costs: [[1, x]]", "costs[0][1] is the string 'x'; it must be a real in [-1, 9]"},
        {"unit: 3", "unknown parameter 'unit'; did you mean 'units'?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool own = strncmp(cases[i][0], "units", 5) == 0;
        char *given = cnn_format("{%s%s}", own ? "" : "units: 3, ", cases[i][0]);
        settings s;
        cnn_param_memory memory = {0};
        char *said = fill(given, &s, &memory);
        ck_assert_msg(said != NULL, "%s is accepted", given);
        const char *text = strstr(said, "dense: ");
        ck_assert_ptr_nonnull(text);
        ck_assert_str_eq(text + strlen("dense: "), cases[i][1]);
        cnn_param_memory_free(&memory);
        free(said);
        free(given);
    }
}
END_TEST

START_TEST(all_mistakes_are_reported_at_their_places)
{
    settings s;
    cnn_param_memory memory = {0};
    char *said = fill("rate: 2\nzzzzz: 1\npool: [0, 3, -1]", &s, &memory);
    ck_assert_str_eq(
        said, "y:2:1: dense: unknown parameter 'zzzzz'; known: units, on, mode, way, maybe, "
              "rate, least, hope, label, folder, pool, size, steps, weights, confused, shares, "
              "words, costs, inner\n"
              "y:9:9: dense: units is missing; it must be an integer of 1 or more\n"
              "y:1:7: dense: rate is 2; it must be in [0, 1)\n"
              "y:3:8: dense: pool[0] is 0; it must be 1 or more\n"
              "y:3:14: dense: pool[2] is -1; it must be 1 or more");
    free(said);
    said = fill("[1]", &s, &memory);
    ck_assert_str_eq(said, "y:1:1: dense: its parameters are a list; they must be a map, "
                           "{name: value, ...}");
    free(said);
    cnn_param_memory_free(&memory);
}
END_TEST

/* What is wrong inside of a plugin that is a parameter has its own place. */
START_TEST(plugins_as_parameters_are_refused_at_their_places)
{
    static const char *const cases[][2] = {
        {"inner: 3", "y:1:19: schedule: 3 stands here; it must be a name, or name: {parameters}"},
        {"inner: {warmup: {steps: -1}}",
         "y:1:36: warmup: steps is -1; it must be in [0, 1000000000000]"},
        {"inner: {warmup: {then: {warmup: {from: 2}}}}",
         "y:1:51: warmup: from is 2; it must be in [0, 1]"},
        {"inner: {warmup: {}, constant: {}}",
         "y:1:32: schedule: 'warmup' and 'constant' stand side by side; it must be one name with "
         "its parameters inside, warmup: {constant: ...}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *given = cnn_format("{units: 3, %s}", cases[i][0]);
        settings s;
        cnn_param_memory memory = {0};
        char *said = fill(given, &s, &memory);
        ck_assert_ptr_nonnull(said);
        ck_assert_str_eq(said, cases[i][1]);
        cnn_param_memory_free(&memory);
        free(said);
        free(given);
    }
}
END_TEST

/* A default may name a plugin that names itself; a file may nest them. */
START_TEST(plugins_in_plugins_are_bounded)
{
    cnn_text given = {0};
    settings s;
    for (int levels = 9; levels <= 10; levels++) {
        cnn_param_memory memory = {0};
        cnn_text_add(&given, "{units: 3, inner: ");
        for (int i = 1; i < levels; i++)
            cnn_text_add(&given, "{warmup: {then: ");
        cnn_text_add(&given, "constant");
        for (int i = 1; i < levels; i++)
            cnn_text_add(&given, "}}");
        cnn_text_add(&given, "}");
        char *said = fill(given.data, &s, &memory);
        ck_assert_int_eq(said != NULL, levels == 10);
        if (said)
            ck_assert_ptr_nonnull(
                strstr(said, "warmup: 'constant' stands in 9 plugins, each a parameter of the one "
                             "before; at most 8 may stand around one"));
        cnn_param_memory_free(&memory);
        cnn_text_free(&given);
        free(said);
    }
}
END_TEST

START_TEST(large_integers_are_compared_exactly)
{
    static const cnn_param table[] = {P(units, CNN_INTEGER, "1", 0, 0x1p53, 0), CNN_PARAM_END};
    cnn_head plugin = head;
    plugin.params = table;
    for (int over = 0; over < 2; over++) {
        cnn_report report = {0};
        settings s = {0};
        cnn_param_memory memory = {0};
        char *text = cnn_format("units: %lld", (1LL << 53) + over);
        cnn_yaml *map = cnn_yaml_parse(text, strlen(text), "y", &report);
        const cnn_filling f = {.plugin = plugin.name, .memory = &memory, .report = &report};
        ck_assert_int_eq(cnn_param_fill(&f, &plugin, NULL, map, CNN_NOWHERE, &s), !over);
        cnn_yaml_free(map);
        cnn_report_free(&report);
        cnn_param_memory_free(&memory);
        free(text);
    }
}
END_TEST

UNIT_MAIN("param", table_of_this_test_has_no_flaw, defaults_are_filled_in, values_are_read,
          resolved_gives_the_same_again, wrong_values_are_refused_in_words,
          all_mistakes_are_reported_at_their_places,
          plugins_as_parameters_are_refused_at_their_places, plugins_in_plugins_are_bounded,
          large_integers_are_compared_exactly)
