/* test_author.c - an author's way, installed: new, build, check, train; and what goes wrong on it.
 */
#include <sys/stat.h>

#include "plugin/kinds.h"
#include "run_outside.h"

#define KIND_NAME(NUMBER, NAME, ...) #NAME,
static const char *const kinds[] = {CNN_EACH_KIND(KIND_NAME)};

/* Installs, and goes into a new folder that has nothing to do with the source tree. */
static const char *enter(void)
{
    const char *folder = unit_folder();
    run_shell(run_text("make -s -o all install BUILD=%s PREFIX=%s/usr && mkdir '%s/my work'",
                       unit_build(), folder, folder));
    setenv("CNNRUN_BUILD", run_text("%s/usr/bin", folder), 1);
    ck_assert_int_eq(chdir(run_text("%s/my work", folder)), 0);
    return folder;
}

static void check_says(run_result r, int code, const char *text)
{
    run_exits(r, code);
    ck_assert_msg(strstr(code ? r.err : r.out, text) != NULL, "'%s' is not in:\n%s%s", text, r.out,
                  r.err);
}

START_TEST(each_kind_compiles_conforms_and_trains)
{
    enter();
    for (size_t k = 0; k < CNN_KINDS; k++) {
        const char *kind = kinds[k];
        check_says(run_cnnrun("new %s my_%s", kind, kind), 0,
                   run_text("  cnnrun build my_%s.c\n  cnnrun check ./my_%s.so\n"
                            "  cnnrun my_%s.yaml --plugin-path .\n",
                            kind, kind, kind));
        run_result r = run_cnnrun("build my_%s.c", kind);
        check_says(r, 0, run_text("built %s/my_%s: my_%s.so;", kind, kind, kind));
        ck_assert_str_eq(r.err, "");
        check_says(run_cnnrun("check ./my_%s.so", kind), 0, "SUCCESS");
        check_says(run_cnnrun("my_%s.yaml --plugin-path . --epochs 1", kind), 0, "test_accuracy");
        check_says(run_cnnrun("plugins my_%s --plugin-path .", kind), 0, "in a pipeline\n");
    }
}
END_TEST

START_TEST(templates_compile_without_warnings)
{
    static const char *const compilers[] = {"gcc", "clang"};
    for (size_t c = 0; c < 2; c++)
        for (size_t k = 0; k < CNN_KINDS; k++)
            run_shell(run_text("! command -v %s >/dev/null || %s -Iinclude -std=c17 -Wall -Wextra "
                               "-Wpedantic -Wshadow -Wconversion -Wcast-qual -Werror -O2 "
                               "-fsyntax-only plugins/command/new/templates/%s.c",
                               compilers[c], compilers[c], kinds[k]));
}
END_TEST

START_TEST(new_refuses)
{
    const char *folder = enter();
    check_says(run_cnnrun("new los mine"), 2, "'los' is no kind of plugin; did you mean 'loss'?");
    check_says(run_cnnrun("new loss My"), 2, "'My' cannot be a plugin's name; it must match");
    check_says(run_cnnrun("new loss null"), 2, "'null' cannot be");
    check_says(
        run_cnnrun("new loss hinge"), 2,
        run_text("there is a loss called 'hinge' already, %s/usr/lib/cnnrun/plugins/loss/hinge.so;",
                 folder));
    check_says(run_cnnrun("new loss"), 2, "new takes a KIND, a NAME, and perhaps a folder");
    ck_assert_str_eq(run_listing("."), "");
    run_exits(run_cnnrun("new layer hinge deep/er"), 0);
    ck_assert_str_eq(run_listing("deep/er"), "hinge.c hinge.yaml ");
    check_says(run_cnnrun("new layer hinge deep/er"), 7,
               "deep/er/hinge.c: it is there already; nothing is overwritten");
    run_shell("rm deep/er/hinge.c");
    check_says(run_cnnrun("new layer hinge deep/er"), 7, "deep/er/hinge.yaml: it is there already");
    ck_assert_str_eq(run_listing("deep/er"), "hinge.yaml ");
}
END_TEST

START_TEST(build_shows_its_line_and_takes_odd_names)
{
    static const char *const odd = "it's -odd";
    enter();
    run_exits(run_cnnrun("new loss mine"), 0);
    run_shell(
        run_text("mkdir \"%s\" && mv mine.c \"%s\" && cp \"%s/mine.c\" -- -x.c", odd, odd, odd));
    const char *const words[] = {"build", "-v", run_text("%s/mine.c", odd), NULL};
    check_says(run_wait(run_spawn(run_program(), words)), 0, "'it'\\''s -odd/mine.c' -o");
    ck_assert_str_eq(run_listing(odd), "mine.c mine.so ");
    run_exits(run_cnnrun("build -o mine.so -- -x.c"), 0);
    struct stat s;
    ck_assert_int_eq(stat("mine.so", &s), 0);
    ck_assert_int_eq(s.st_mode & 0002, 0);
    check_says(run_cnnrun("mine.yaml --plugin-path . --epochs 1"), 0, "test_accuracy");
}
END_TEST

/* Built all the same, for it may be moved; but not opened there. */
START_TEST(build_warns_of_a_folder_that_all_may_write_to)
{
    enter();
    run_exits(run_cnnrun("new loss mine open"), 0);
    run_shell("chmod 777 open");
    const run_result r = run_cnnrun("build open/mine.c");
    run_exits(r, 0);
    ck_assert_str_eq(r.err, "cnnrun: warning: open/mine.so: its folder is writable by everyone, so "
                            "cnnrun will not open it there; chmod o-w 'open/', or put it elsewhere "
                            "by -o\n");
    check_says(run_cnnrun("plugins mine --plugin-path open"), 5, "its folder is writable");
    run_shell("chmod o-w open/");
    check_says(run_cnnrun("plugins mine --plugin-path open"), 0, "loss/mine");
}
END_TEST

START_TEST(build_needs_the_headers)
{
    const char *folder = enter();
    run_exits(run_cnnrun("new loss mine"), 0);
    run_shell(run_text("rm %s/usr/include/cnnrun/plugin.h", folder));
    check_says(run_cnnrun("build mine.c"), 1, "mine.c: the headers are neither in include beside");
}
END_TEST

/* A training has the old file mapped: it must go on, as it would have without the new one. */
START_TEST(build_replaces_the_file_of_a_running_training)
{
    enter();
    run_exits(run_cnnrun("new loss mine"), 0);
    run_exits(run_cnnrun("build mine.c"), 0);
    const run_child child = run_start("mine.yaml --plugin-path . --epochs 3 --out running");
    while (!run_holds("running", "metrics.csv"))
        run_pause();
    run_shell(
        "sed -i 's/sum += lacks <= 0 ? 0 : lacks/sum += 7/' mine.c && grep -q 'sum += 7' mine.c");
    run_exits(run_cnnrun("build mine.c"), 0);
    run_exits(run_wait(child), 0);
    run_exits(run_cnnrun("mine.yaml --plugin-path . --epochs 1 --out other"), 0);
    ck_assert_double_lt(run_number("running", "loss"), 9);
    ck_assert_double_eq_tol(run_number("other", "loss"), 63, 1e-9);
}
END_TEST

START_TEST(build_refuses)
{
    enter();
    run_exits(run_cnnrun("new loss mine"), 0);
    run_exits(run_cnnrun("build mine.c"), 0);
    check_says(run_cnnrun("build mine.txt"), 2, "mine.txt: it must be a source that ends in .c");
    check_says(run_cnnrun("build none.c"), 5, "none.c: ");
    run_shell(
        "cp mine.c My-Own.c; cp mine.c other.c; echo 'int x;' >empty.c; echo 'int x' >wrong.c");
    check_says(run_cnnrun("build My-Own.c"), 2, "My-Own.so: a plugin's file is its name and .so");
    check_says(run_cnnrun("build other.c"), 5,
               "calls itself 'mine', but its file would be other.so");
    check_says(run_cnnrun("build empty.c"), 5, "empty.c: it compiles, but is no plugin: ");
    check_says(run_cnnrun("build wrong.c -o mine.so"), 5, "wrong.c:1:");
    check_says(run_cnnrun("build wrong.c"), 5, "gave exit code 1; nothing was built");
    check_says(run_cnnrun("build mine.c -o missing/mine.so"), 7,
               "missing/mine.so: cannot be written: ");
    setenv("CFLAGS", "-O0 -ffast-math", 1);
    check_says(run_cnnrun("build mine.c"), 5,
               "mine.c: it compiles, but does not fit this cnnrun: ");
    unsetenv("CFLAGS");
    setenv("CC", " ", 1); /* as if it were not set */
    run_exits(run_cnnrun("build mine.c"), 0);
    setenv("CC", "no-such-compiler --flag", 1);
    check_says(
        run_cnnrun("build mine.c"), 5,
        "the compiler 'no-such-compiler' cannot be started: No such file or directory; install it");
    run_shell("sed -i '1i #pragma GCC optimize (\"O2\")\\n/* link: -lno_such_library */' mine.c");
    setenv("CC", "gcc", 1);
    check_says(run_cnnrun("build mine.c"), 5, "no_such_library");
    ck_assert_str_eq(run_listing("."),
                     "My-Own.c empty.c mine.c mine.so mine.yaml other.c wrong.c ");
}
END_TEST

UNIT_MAIN("author", each_kind_compiles_conforms_and_trains, templates_compile_without_warnings,
          new_refuses, build_shows_its_line_and_takes_odd_names,
          build_warns_of_a_folder_that_all_may_write_to, build_needs_the_headers,
          build_replaces_the_file_of_a_running_training, build_refuses)
