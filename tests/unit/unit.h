/* unit.h - what every test program shares: main, and plugins made from a line of YAML.
 *
 * A test program is one file, tests/unit/test_NAME.c, found by name:
 *
 *   #include "unit.h"
 *   START_TEST(adds_up) { ck_assert_int_eq(1 + 1, 2); } END_TEST
 *   UNIT_MAIN("arithmetic", adds_up)
 *
 * A test that is written but not named in UNIT_MAIN does not compile: its variable is unused. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>

/* Seconds that one test may take: only what hangs comes near, also under sanitizers, valgrind and
 * load. A program whose tests do more defines its own before. */
#if defined UNIT_TIMEOUT
#elif defined __SANITIZE_THREAD__
#define UNIT_TIMEOUT 1200
#else
#define UNIT_TIMEOUT 600
#endif

#define UNIT_MAIN(NAME, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        TCase *tcase = tcase_create(NAME);                                                         \
        tcase_set_timeout(tcase, UNIT_TIMEOUT);                                                    \
        for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)                                \
            tcase_add_test(tcase, tests[i]);                                                       \
        Suite *suite = suite_create(NAME);                                                         \
        suite_add_tcase(suite, tcase);                                                             \
        SRunner *runner = srunner_create(suite);                                                   \
        srunner_run_all(runner, CK_NORMAL);                                                        \
        const int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);        \
        srunner_free(runner);                                                                      \
        return failed || !run;                                                                     \
    }

/* The build folder under test: build, build/asan, ... */
static inline const char *unit_build(void)
{
    const char *build = getenv("CNNRUN_BUILD");
    return build ? build : "build";
}

#endif
