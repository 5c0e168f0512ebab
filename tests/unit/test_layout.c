/* test_layout.c - the memory that a training's tensors take: near the least possible, and as much
 * as --dry-run --json says. */
#include "run_folder.h"

/* A value that --dry-run --json prints. */
static double size_of(const char *pipeline, const char *options, const char *key)
{
    const run_result r = run_cnnrun("%s --dry-run --json %s", pipeline, options);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL);
    ck_assert_msg(root != NULL, "no JSON: %s", r.out);
    const json_t *value = json_object_get(root, key);
    ck_assert_msg(json_is_number(value), "no '%s' in %s", key, r.out);
    const double number = json_number_value(value);
    json_decref(root);
    return number;
}

/* In deep.yaml nearly all tensors hold the whole batch. */
START_TEST(takes_little_more_than_the_least)
{
    static const char *const pipelines[] = {
        "pipelines/synthetic.yaml", SMALL, "tests/pipelines/graph.yaml",
        "tests/pipelines/wide.yaml", "tests/pipelines/deep.yaml"};
    static const char *const options[] = {"--threads 1", "--threads 3",
                                          "--threads 1 --set train.batch_size=33",
                                          "--threads 2 --set train.batch_size=130"};
    for (size_t p = 0; p < sizeof pipelines / sizeof pipelines[0]; p++)
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            const double least = size_of(pipelines[p], options[i], "activation_bytes_minimum"),
                         taken = size_of(pipelines[p], options[i], "activation_bytes");
            ck_assert_double_ge(taken, least);
            ck_assert_msg(taken <= 1.3 * least, "%s %s: %.0f bytes, and %.0f would do",
                          pipelines[p], options[i], taken, least);
        }
}
END_TEST

/* In wide.yaml activations are most of the memory. A run on small images tells what the rest
 * takes. */
START_TEST(a_run_takes_what_a_dry_run_says)
{
    static const char pipeline[] = "tests/pipelines/wide.yaml";
    for (int threads = 1; threads <= 2; threads++) {
        const char *large = run_text("--threads %d", threads);
        const char *little = run_text("%s --set data.train.synthetic_digits.size=12 "
                                      "--set data.test.synthetic_digits.size=12",
                                      large);
        const double said = size_of(pipeline, large, "activation_bytes") -
                            size_of(pipeline, little, "activation_bytes");
        const char *run = run_train(run_text("large%d", threads), pipeline, large),
                   *base = run_train(run_text("little%d", threads), pipeline, little);
        const double seen = run_number(run, "peak_rss_bytes") - run_number(base, "peak_rss_bytes");
        ck_assert_msg(seen >= 0.8 * said && seen <= 1.2 * said,
                      "on %d threads %.0f bytes more, and %.0f were planned", threads, seen, said);
    }
}
END_TEST

START_TEST(tensors_of_whole_batches_repeat_for_any_number_of_threads)
{
    const char *one = run_train("one", "tests/pipelines/deep.yaml", "--threads 1");
    const char *three = run_train("three", "tests/pipelines/deep.yaml", "--threads 3");
    ck_assert_str_eq(run_hash(one), run_hash(three));
}
END_TEST

START_TEST(sizes_are_of_one_training_that_does_not_run)
{
    unit_folder();
    const run_result alone = run_cnnrun(SMALL " --json");
    run_exits(alone, 2);
    ck_assert_str_eq(alone.err, "cnnrun: --json goes with --dry-run; see: cnnrun --help\n");
    const char *path = run_text("%s/experiment.yaml", unit_folder_path);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("name: e\nbase: " SMALL "\nruns: [{name: a}]\n", file);
    fclose(file);
    const run_result many = run_cnnrun("%s --dry-run --json", path);
    run_exits(many, 2);
    ck_assert_str_eq(many.err, run_text("cnnrun: --json is for one training, and %s is an "
                                        "experiment\n",
                                        path));
}
END_TEST

UNIT_MAIN("layout", takes_little_more_than_the_least, a_run_takes_what_a_dry_run_says,
          tensors_of_whole_batches_repeat_for_any_number_of_threads,
          sizes_are_of_one_training_that_does_not_run)
