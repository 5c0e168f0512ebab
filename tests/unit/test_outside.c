/* test_outside.c - an installed cnnrun trains with plugins that were made outside of its tree. */
#include "run_outside.h"

#define OUTSIDE "tests/pipelines/outside.yaml"

/* Installs into FOLDER/usr, from where cnnrun is run from then on; compiles the plugins into
 * FOLDER/mine. Returns FOLDER. */
static const char *install(void)
{
    static const char *const names[] = {"my_squared_error", "my_uniform", "my_scale"};
    const char *folder = unit_folder();
    /* -o all: what is under test is installed, whatever it was built with. */
    run_shell(run_text("make -s -o all install BUILD=%s PREFIX=%s/usr", unit_build(), folder));
    setenv("CNNRUN_BUILD", run_text("%s/usr/bin", folder), 1);
    setenv("PKG_CONFIG_PATH", run_text("%s/usr/lib/pkgconfig", folder), 1);
    run_shell(run_text("mkdir %s/mine", folder));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        run_compile(names[i], "$(pkg-config --cflags cnnrun)", run_text("%s/mine", folder));
    return folder;
}

START_TEST(plugins_made_outside_train)
{
    const char *folder = install(), *mine = run_text("--plugin-path %s/mine", folder);
    size_t before, after;
    const char *program = run_file(run_text("%s/usr/bin", folder), "cnnrun", &before);
    const char *run = run_train("run", OUTSIDE, mine);
    run_says(run, "status", "\"completed\"");
    ck_assert_ptr_nonnull(
        strstr(run_value(run, "plugins"), run_text("\"%s/mine/my_scale.so\"", folder)));
    ck_assert_ptr_nonnull(
        strstr(run_value(run, "plugins"), run_text("\"%s/usr/lib/cnnrun/plugins/", folder)));
    run_same(run, run_train("threads", OUTSIDE, run_text("%s --threads 3", mine)));
    ck_assert_ptr_nonnull(
        strstr(run_cnnrun("plugins %s my_uniform", mine).out, "width: a real in [0, 10]"));
    setenv("CNNRUN_PLUGIN_PATH", run_text("/nonexistent:%s/mine", folder), 1);
    run_same(run, run_train("environment", OUTSIDE, ""));
    run_exits(run_cnnrun("evaluate %s", run), 0);
    const char *now = run_file(run_text("%s/usr/bin", folder), "cnnrun", &after);
    ck_assert(before == after && memcmp(program, now, before) == 0);
}
END_TEST

START_TEST(the_loss_has_at_most_15_lines)
{
    int lines = 0;
    for (const char *at = run_file("tests/outside", "my_squared_error.c", NULL); *at; at++)
        lines += *at == '\n';
    ck_assert_int_le(lines, 15);
}
END_TEST

/* The differences of its value serve as well as the gradient that the shipped loss brings. */
START_TEST(a_loss_of_one_function_trains_as_with_its_gradient)
{
    const char *mine = run_text("--plugin-path %s/mine --epochs 8", install());
    const char *numeric = run_train("numeric", OUTSIDE, mine);
    const char *analytic =
        run_train("analytic", OUTSIDE, run_text("%s --set loss=mean_squared_error", mine));
    ck_assert_str_ne(run_hash(numeric), run_hash(analytic));
    ck_assert_double_lt(run_number(analytic, "loss"), 0.08); /* chance: 0.09 */
    ck_assert_double_eq_tol(run_number(numeric, "loss"), run_number(analytic, "loss"), 1e-3);
}
END_TEST

START_TEST(they_must_be_found_and_only_once)
{
    const char *folder = install(), *dir = run_text("%s/run", folder);
    run_result r = run_cnnrun(OUTSIDE " --out %s", dir);
    run_exits(r, 5);
    ck_assert_ptr_nonnull(
        strstr(r.err, run_text(OUTSIDE ":7:17: initializer plugin 'my_uniform' not found in "
                                       "%s/usr/lib/cnnrun/plugins",
                               folder)));
    ck_assert_ptr_nonnull(strstr(r.err, ":14:7: loss plugin 'my_squared_error' not found in "));
    run_shell(run_text("mkdir -p %s/copy/loss && cp %s/mine/my_squared_error.so %s/copy/loss",
                       folder, folder, folder));
    r = run_cnnrun(OUTSIDE " --out %s --plugin-path %s/mine --plugin-path %s/copy", dir, folder,
                   folder);
    run_exits(r, 5);
    ck_assert_ptr_nonnull(strstr(r.err, OUTSIDE ":14:7: "));
    ck_assert_ptr_nonnull(strstr(r.err, run_text("%s/mine/my_squared_error.so", folder)));
    ck_assert_ptr_nonnull(strstr(r.err, run_text("%s/copy/loss/my_squared_error.so", folder)));
    run_shell(run_text("cp %s/usr/lib/cnnrun/plugins/optimizer/adam.so %s/mine", folder, folder));
    r = run_cnnrun(OUTSIDE " --out %s --plugin-path %s/mine", dir, folder);
    run_exits(r, 5);
    ck_assert_ptr_nonnull(strstr(r.err, run_text("%s/mine/adam.so", folder)));
    ck_assert_ptr_nonnull(
        strstr(r.err, run_text("%s/usr/lib/cnnrun/plugins/optimizer/adam.so", folder)));
    ck_assert(!run_holds(dir, ""));
}
END_TEST

START_TEST(uninstalling_leaves_no_file)
{
    const char *folder = install();
    run_shell(run_text("make -s uninstall PREFIX=%s/usr", folder));
    ck_assert_str_eq(run_shell(run_text("find %s/usr ! -type d", folder)).out, "");
}
END_TEST

START_TEST(a_dataset_of_vectors_and_its_loss_train)
{
    const char *folder = install(), *mine = run_text("--plugin-path %s/mine", folder);
    run_compile("spot_places", "$(pkg-config --cflags cnnrun)", run_text("%s/mine", folder));
    run_compile("my_huber", "$(pkg-config --cflags cnnrun)", run_text("%s/mine", folder));
    const char *run = run_train("spots", "tests/pipelines/spots.yaml", mine);
    ck_assert_double_lt(run_number(run, "loss"), 0.001);
    run_exits(run_cnnrun("check %s my_huber", mine), 0);
}
END_TEST

UNIT_MAIN("outside", plugins_made_outside_train, the_loss_has_at_most_15_lines,
          a_loss_of_one_function_trains_as_with_its_gradient, they_must_be_found_and_only_once,
          uninstalling_leaves_no_file, a_dataset_of_vectors_and_its_loss_train)
