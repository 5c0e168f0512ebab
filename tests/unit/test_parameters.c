/* test_parameters.c - plugins as parameters, maps, texts and matrices in a run; errors that name a
 * parameter and a column of its text. */
#include "run_outside.h"

static const char head[] =
    "name: p\n"
    "data:\n"
    "  train: {synthetic_digits: {samples: 40, size: 12}}\n"
    "  test: {synthetic_digits: {samples: 20, size: 12}}\n"
    "network: {layers: [flatten, {dense: {units: 10, activation: softmax}}]}\n"
    "optimizer: sgd\n"
    "train: {epochs: 1, batch_size: 10}\n";

static const char *compile(void)
{
    const char *folder = unit_folder();
    run_compile("formula_rate", "-Iinclude", folder);
    run_compile("cost_matrix", "-Iinclude", folder);
    return folder;
}

/* Writes FOLDER/p.yaml with `lines` behind the rest, and gives its path. */
static const char *write_pipeline(const char *folder, const char *lines)
{
    const char *path = run_text("%s/p.yaml", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(fprintf(file, "%s%s", head, lines), 0);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* What is said of it, without the folder. */
static const char *refused(const char *folder, const char *lines, const char *more)
{
    const run_result r =
        run_cnnrun("%s --dry-run --plugin-path %s %s", write_pipeline(folder, lines), folder, more);
    ck_assert_msg(r.code == 3, "%s: exit %d: %s", lines, r.code, r.err);
    const char *at = strstr(r.err, "p.yaml:");
    return at ? at : r.err;
}

static void says(const char *said, const char *expected)
{
    ck_assert_msg(strncmp(said, expected, strlen(expected)) == 0, "%s\nexpected: %s", said,
                  expected);
}

#define LOSS "loss: mean_squared_error\n"
START_TEST(an_error_points_into_a_text)
{
    const char *folder = compile();
    says(refused(folder, LOSS "schedule: {formula_rate: {formula: base * bse}}\n", ""),
         "p.yaml:9:43: formula_rate: 'bse' stands where");
    says(refused(folder, LOSS "schedule: {formula_rate: {formula: 'base * bse'}}\n", ""),
         "p.yaml:9:44: formula_rate: 'bse' stands where");
    says(refused(folder, LOSS "schedule: {formula_rate: {formula: \"base * \\u00e9\"}}\n", ""),
         "p.yaml:9:36: formula_rate: 'é' stands where a factor, or * or /, must (character 8 of "
         "formula)");
    says(refused(folder, LOSS "schedule: {formula_rate: {formula: \"base é x\"}}\n", ""),
         "p.yaml:9:42: formula_rate: 'é x' stands");
    says(refused(folder, LOSS "schedule:\n  formula_rate:\n    formula: |\n      base + 1\n", ""),
         "p.yaml:11:14: formula_rate: '+ 1\n' stands");
    says(
        refused(folder, LOSS "schedule: {warmup: {then: {formula_rate: {formula: base *}}}}\n", ""),
        "p.yaml:9:58: formula_rate: '' stands");
    says(refused(folder, LOSS, "--set schedule.formula_rate.formula=base*x"),
         "--set schedule.formula_rate.formula=base*x: formula_rate: 'x' stands where a factor, or "
         "* or /, must "
         "(character 6 of formula)");
}
END_TEST

START_TEST(an_error_points_to_a_parameter_or_to_the_plugin)
{
    const char *folder = compile();
    says(refused(folder, "loss: {cost_matrix: {costs: [[0, 1]], names: [a, b]}}\n", ""),
         "p.yaml:8:46: cost_matrix: there are 2 names for 1 rows of costs");
    says(refused(folder, LOSS "schedule: {warmup: {steps: 3, epochs: 4}}\n", ""),
         "p.yaml:9:39: warmup: the length is given as 3 steps and as 4 epochs");
    says(refused(folder, LOSS "callbacks: [early_stopping]\n", ""),
         "p.yaml:9:13: early_stopping: there is no data.validation");
}
END_TEST

START_TEST(the_new_types_train_and_are_written_back)
{
    const char *folder = compile();
    const char *path = write_pipeline(
        folder, "loss: {cost_matrix: {costs: [[0, 2], [1.5, 1]], names: [a, b], weights: {b: 3}}}\n"
                "schedule: {warmup: {steps: 2, then: {formula_rate: {formula: base / epoch}}}}\n");
    const char *run = run_train("new", path, run_text("--plugin-path %s", folder));
    const char *written = run_file(run, "pipeline.yaml", NULL);
    ck_assert_ptr_nonnull(strstr(written, "costs: [[0.0, 2.0], [1.5, 1.0]]"));
    ck_assert_ptr_nonnull(strstr(written, "weights: {b: 3.0}"));
    ck_assert_ptr_nonnull(strstr(written, "then: {formula_rate: {formula: base / epoch}}"));
    ck_assert_ptr_nonnull(strstr(run_value(run, "plugins"), "formula_rate.so"));
    run_same(run, run_train("again", run_text("%s/pipeline.yaml", run),
                            run_text("--plugin-path %s", folder)));
    const char *other = run_train(
        "other", path, run_text("--plugin-path %s --set loss.cost_matrix.weights.b=1", folder));
    ck_assert_str_ne(run_hash(run), run_hash(other));
    ck_assert_str_ne(run_hash(run),
                     run_hash(run_train("rate", path,
                                        run_text("--plugin-path %s --set "
                                                 "schedule.warmup.then.formula_rate.formula=base/2",
                                                 folder))));
}
END_TEST

START_TEST(the_kit_tries_the_new_types)
{
    const char *folder = compile();
    run_exits(run_cnnrun("check --plugin-path %s %s/formula_rate.so %s/cost_matrix.so warmup",
                         folder, folder, folder),
              0);
}
END_TEST

UNIT_MAIN("parameters", an_error_points_into_a_text,
          an_error_points_to_a_parameter_or_to_the_plugin, the_new_types_train_and_are_written_back,
          the_kit_tries_the_new_types)
