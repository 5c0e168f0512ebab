/* test_growth.c - plugins of the first ABI, and of a later one, in today's cnnrun. */
#include "run_outside.h"

#define OLD "tests/abi-2.0"

/* Builds all plugins of the first ABI's folder with the headers of `include` into FOLDER/NAME. */
static const char *build_with(const char *include, const char *name)
{
    const char *folder = run_text("%s/%s", unit_folder_path, name);
    run_shell(run_text("mkdir -p %s && for f in " OLD
                       "/*.c; do n=${f##*/}; ${CC:-cc} -shared -fPIC "
                       "-O2 -Wall -Wextra -Werror -I%s $f -o %s/${n%%.c}.so -lm || exit 1; done",
                       folder, include, folder));
    return folder;
}

/* Every kind and callback. */
START_TEST(plugins_of_the_first_abi_train)
{
    unit_folder();
    const char *old = build_with(OLD "/include", "old");
    const char *run = run_train("run", OLD "/all.yaml", run_text("--plugin-path %s", old));
    run_says(run, "status", "\"completed\"");
    ck_assert_double_gt(run_number(run, "test_accuracy"), 0.5); /* chance: 0.125 */
    run_same(run,
             run_train("threads", OLD "/all.yaml", run_text("--threads 3 --plugin-path %s", old)));
    run_result r = run_cnnrun("plugins old_loss --plugin-path %s", old);
    run_exits(r, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "ABI 2.0"));
    r = run_cnnrun(OLD "/all.yaml --dry-run --set loss.old_loss.style=odd --plugin-path %s", old);
    run_exits(r, 3);
    ck_assert_ptr_nonnull(strstr(r.err, "old_loss: style is odd; it must be even"));
}
END_TEST

/* What all.yaml has not; it stops after five of its eight epochs. */
START_TEST(other_plugins_of_the_first_abi_train)
{
    unit_folder();
    const char *old = build_with(OLD "/include", "old");
    const char *run = run_train("more", OLD "/more.yaml", run_text("--plugin-path %s", old));
    run_says(run, "stopped_by", "\"old_callback\"");
    ck_assert_ptr_nonnull(strstr(run_value(run, "findings"), "stopped after five epochs"));
    ck_assert_double_gt(run_number(run, "test_accuracy"), 0.8); /* chance: 0.333 */
    run_same(run,
             run_train("threads", OLD "/more.yaml", run_text("--threads 3 --plugin-path %s", old)));
    const char *threads = run_text("%s/threads", unit_folder_path);
    ck_assert_str_eq(run_file(run, "old/epochs.txt", NULL),
                     run_file(threads, "old/epochs.txt", NULL));
    ck_assert_ptr_nonnull(strstr(run_metrics(run), "old_metric_sure"));
    run_exits(run_cnnrun("check --level 1 %s/old_loss.so", old), 0);
}
END_TEST

/* Source written for the first ABI, built with today's headers. */
START_TEST(plugins_of_the_first_abi_build_today)
{
    unit_folder();
    const char *built = build_with("include", "new");
    const char *run = run_train("run", OLD "/more.yaml", run_text("--plugin-path %s", built));
    run_says(run, "stopped_by", "\"old_callback\"");
}
END_TEST

/* tests/broken/good_new.c has longer structs, more functions and a newer minor version. */
START_TEST(a_plugin_of_a_later_minor_version_trains)
{
    const char *run = run_train(
        "run", SMALL, run_text("--set loss=good_new --plugin-path %s/tests/broken", unit_build()));
    run_says(run, "status", "\"completed\"");
    const run_result r = run_cnnrun("plugins good_new --plugin-path %s/tests/broken", unit_build());
    run_exits(r, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "ABI 2.7"));
    ck_assert_ptr_nonnull(strstr(r.out, "loss: {good_new: {margin: 1, power: 2}}"));
}
END_TEST

UNIT_MAIN("growth", plugins_of_the_first_abi_train, other_plugins_of_the_first_abi_train,
          plugins_of_the_first_abi_build_today, a_plugin_of_a_later_minor_version_trains)
