/* test_languages.c - a loss in C++ and one in Rust pass the check, and train to the same bits as
 * the same loss in C. */
#include "run_outside.h"

static const char *folder;

static bool has_compiler(const char *compiler)
{
    const run_result there = run_wait(run_spawn(
        "/bin/sh", (const char *const[]){"-c", run_text("command -v %s", compiler), NULL}));
    if (there.code != 0)
        printf("%s is not installed; its part of the test is left out\n", compiler);
    return there.code == 0;
}

/* A run with FOLDER/NAME/LOSS.so. */
static const char *train_with(const char *name, const char *loss)
{
    return run_train(run_text("%s-run", name), SMALL,
                     run_text("--set loss.%s.margin=0.7 --plugin-path %s/%s", loss, folder, name));
}

/* `cnnrun build` makes it of tests/outside/SOURCE. */
static const char *train_built(const char *name, const char *source, const char *loss)
{
    const char *plugin = run_text("%s/%s/%s.so", folder, name, loss);
    run_shell(run_text("mkdir -p %s/%s", folder, name));
    run_exits(run_cnnrun("build tests/outside/%s -o %s", source, plugin), 0);
    run_exits(run_cnnrun("check %s", plugin), 0);
    return train_with(name, loss);
}

static void check_cplusplus(const char *compiler)
{
    if (!has_compiler(compiler))
        return;
    const char *plain = train_built(run_text("c-%s", compiler), "plain_hinge.c", "plain_hinge");
    setenv("CXX", compiler, 1);
    run_same(plain, train_built(run_text("20-%s", compiler), "hinge_20.cpp", "hinge_20"));
    const char *old = run_text("17-%s", compiler);
    run_shell(run_text(
        "mkdir %s/%s && %s -std=c++17 -shared -fPIC -O3 -Wall -Wextra -Wpedantic -Werror -Iinclude "
        "tests/outside/hinge_17.cpp -o %s/%s/hinge_17.so",
        folder, old, compiler, folder, old));
    run_same(plain, train_with(old, "hinge_17"));
}

START_TEST(a_loss_in_cplusplus)
{
    folder = unit_folder();
    check_cplusplus("g++");
    check_cplusplus("clang++");
}
END_TEST

/* The command is that of plugins/README.md. */
START_TEST(a_loss_in_rust)
{
    folder = unit_folder();
    if (!has_compiler("rustc"))
        return;
    run_shell(run_text("mkdir %s/rust && rustc -O -C panic=abort -C strip=symbols --crate-type "
                       "cdylib tests/outside/hinge_rust.rs -o %s/rust/hinge_rust.so",
                       folder, folder));
    run_exits(run_cnnrun("check %s/rust/hinge_rust.so", folder), 0);
    run_same(train_built("c", "plain_hinge.c", "plain_hinge"), train_with("rust", "hinge_rust"));
}
END_TEST

START_TEST(headers_are_cplusplus)
{
    run_shell(
        "for h in include/cnnrun/*.h; do for v in 17 20; do ! command -v g++ >/dev/null || "
        "g++ -std=c++$v -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c++ $h || "
        "exit 1; done; done");
}
END_TEST

START_TEST(headers_are_c)
{
    run_shell("for h in include/cnnrun/*.h; do for v in 11 17; do "
              "${CC:-cc} -std=c$v -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c $h "
              "|| exit 1; done; done");
}
END_TEST

UNIT_MAIN("languages", a_loss_in_cplusplus, a_loss_in_rust, headers_are_cplusplus, headers_are_c)
