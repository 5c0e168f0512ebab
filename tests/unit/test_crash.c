/* test_crash.c - a plugin that crashes while a run goes on is named, and the run can be resumed.
 *
 * Each file of tests/crash says in comments how a pipeline names it, and what must be printed. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <glob.h>
#include <sys/stat.h>

#include "run_folder.h"

/* What stands between "/\* KEY: " and " *\/" in a source. */
static char *comment(const char *source, const char *key)
{
    const char *start = strstr(source, run_text("/* %s: ", key));
    ck_assert_msg(start != NULL, "no comment '%s'", key);
    start += strlen(key) + 5;
    return run_keep(strndup(start, (size_t)(strstr(start, " */") - start)));
}

/* The comment is "KIND crashed in ...". */
static const char *expected(const char *source, const char *name, const char *plugin)
{
    const char *text = comment(source, "expect"), *rest = strchr(text, ' ');
    return run_text("cnnrun: plugin %.*s '%s' (%s)%s\n", (int)(rest - text), text, name,
                    run_keep(realpath(plugin, NULL)), rest);
}

/* One epoch; then a second one, in which it crashes; then the second one without. */
static void check_crash(const char *file)
{
    const char *slash = strrchr(file, '/') + 1, *source = run_file("tests/crash", slash, NULL);
    const char *name = run_text("%.*s", (int)strlen(slash) - 2, slash);
    const char *so = run_text("%s/tests/crash/%s.so", unit_build(), name);
    const char *run = run_text("%s/%s", unit_folder_path, name);
    char set[512];
    (void)snprintf(set, sizeof set, "%s", comment(source, "set"));
    const char *const base[] = {SMALL,           "--quiet",
                                "--threads",     "3",
                                "--plugin-path", run_text("%s/tests/crash", unit_build()),
                                "--set",         set,
                                "--out",         run};
    const char *arguments[16] = {NULL};
    const size_t count = sizeof base / sizeof base[0];
    memcpy(arguments, base, sizeof base);
    arguments[count] = "--epochs";
    arguments[count + 1] = "1";
    run_exits(run_wait(run_spawn(run_program(), arguments)), 0);
    size_t before, after;
    const char *old = run_file(run, "checkpoint.safetensors", &before);

    setenv("CNNRUN_CRASH", "1", 1);
    arguments[count + 1] = "2";
    arguments[count + 2] = "--resume";
    run_result r = run_wait(run_spawn(run_program(), arguments));
    unsetenv("CNNRUN_CRASH");
    ck_assert_str_eq(r.err, expected(source, name, so));
    ck_assert_str_eq(r.out, "");
    ck_assert_int_eq(r.code, 5);
    const char *now = run_file(run, "checkpoint.safetensors", &after);
    ck_assert_msg(before == after && memcmp(old, now, before) == 0, "%s: another checkpoint", name);

    run_exits(run_wait(run_spawn(run_program(), arguments)), 0);
    run_says(run, "status", "\"completed\"");
    run_says(run, "epochs", "2");
}

START_TEST(it_is_named_and_the_run_goes_on)
{
    glob_t files;
    unit_folder();
    ck_assert_int_eq(glob("tests/crash/*.c", 0, NULL, &files), 0);
    ck_assert_uint_gt(files.gl_pathc, 10);
    for (size_t i = 0; i < files.gl_pathc; i++)
        check_crash(files.gl_pathv[i]);
    globfree(&files);
}
END_TEST

/* A signal from elsewhere is no crash of the plugin's, and ends the process as ever. */
START_TEST(a_foreign_signal_is_not_blamed_on_a_plugin)
{
    unit_folder();
    const char *run = run_text("%s/run", unit_folder_path);
    const run_child child = run_start(SMALL " --quiet --epochs 100000 --out %s", run);
    while (!run_holds(run, "checkpoint.safetensors"))
        run_pause();
    kill(child.pid, SIGBUS);
    const run_result r = run_wait(child);
    ck_assert_msg(strstr(r.err, "crashed in") == NULL, "%s", r.err);
    ck_assert_int_ne(r.code, 0);
    ck_assert_int_ne(r.code, 5);
}
END_TEST

/* A copy of a plugin of tests/crash, alone in its folder, which is returned. */
static const char *copy_plugin(const char *name)
{
    size_t size;
    const char *folder = run_text("%s/%s_alone", unit_folder_path, name);
    const char *data =
        run_file(run_text("%s/tests/crash", unit_build()), run_text("%s.so", name), &size);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    FILE *out = fopen(run_text("%s/%s.so", folder, name), "wb");
    ck_assert(out && fwrite(data, 1, size, out) == size && fclose(out) == 0);
    return folder;
}

/* Its code and its tables go away under it. */
static void check_cut_short(const char *kind, const char *name, const char *set)
{
    const char *folder = copy_plugin(name), *run = run_text("%s/%s_run", unit_folder_path, name);
    const char *const arguments[] = {
        SMALL,  "--quiet", "--epochs", "100000", "--threads", "2", "--plugin-path",
        folder, "--set",   set,        "--out",  run,         NULL};
    const run_child child = run_spawn(run_program(), arguments);
    while (!run_holds(run, "checkpoint.safetensors"))
        run_pause();
    ck_assert_int_eq(truncate(run_text("%s/%s.so", folder, name), 0), 0);
    const run_result r = run_wait(child);
    const char *start =
        run_text("cnnrun: plugin %s '%s' (%s/%s.so) crashed in ", kind, name, folder, name);
    ck_assert_msg(strncmp(r.err, start, strlen(start)) == 0 &&
                      strstr(r.err, ": bus error: its file was cut short or changed while it was "
                                    "in use\n"),
                  "exit %d: %s", r.code, r.err);
    ck_assert_int_eq(r.code, 5);
}

START_TEST(a_file_that_is_cut_short_in_use_is_named)
{
    unit_folder();
    check_cut_short("loss", "bus_value", "loss=bus_value");
    check_cut_short("optimizer", "ill_step", "optimizer=ill_step");
    check_cut_short("layer", "fpe_forward", "network.layers.2={fpe_forward: {name: crashing}}");
}
END_TEST

UNIT_MAIN("crash", it_is_named_and_the_run_goes_on, a_foreign_signal_is_not_blamed_on_a_plugin,
          a_file_that_is_cut_short_in_use_is_named)
