/* test_cplusplus.c - a loss in C++ trains to the same bits as the same loss in C. */
#include "run_outside.h"

#define CPLUSPLUS "tests/cplusplus"

static const char *folder;

/* `cnnrun build` into FOLDER/NAME/LOSS.so, then a run with it. */
static const char *train_built(const char *name, const char *source, const char *loss)
{
    run_shell(run_text("mkdir -p %s/%s", folder, name));
    run_exits(run_cnnrun("build " CPLUSPLUS "/%s -o %s/%s/%s.so", source, folder, name, loss), 0);
    return run_train(run_text("%s-run", name), SMALL,
                     run_text("--set loss.%s.margin=0.7 --plugin-path %s/%s", loss, folder, name));
}

static void check_compiler(const char *compiler)
{
    const run_result there = run_wait(run_spawn(
        "/bin/sh", (const char *const[]){"-c", run_text("command -v %s", compiler), NULL}));
    if (there.code != 0) {
        printf("%s is not installed; its part of the test is left out\n", compiler);
        return;
    }
    const char *plain = train_built(run_text("c-%s", compiler), "plain_hinge.c", "plain_hinge");
    setenv("CXX", compiler, 1);
    run_same(plain, train_built(run_text("20-%s", compiler), "hinge_20.cpp", "hinge_20"));
    const char *old = run_text("%s/17-%s", folder, compiler);
    run_shell(
        run_text("mkdir %s && %s -std=c++17 -shared -fPIC -O3 -Wall -Wextra -Wpedantic -Werror "
                 "-Iinclude " CPLUSPLUS "/hinge_17.cpp -o %s/hinge_17.so",
                 old, compiler, old));
    run_same(plain, run_train(run_text("17-%s-run", compiler), SMALL,
                              run_text("--set loss.hinge_17.margin=0.7 --plugin-path %s", old)));
}

START_TEST(a_loss_in_cplusplus)
{
    folder = unit_folder();
    check_compiler("g++");
    check_compiler("clang++");
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

UNIT_MAIN("C++", a_loss_in_cplusplus, headers_are_cplusplus, headers_are_c)
