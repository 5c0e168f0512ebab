/* test_faults.c - every k-th point of failure of the walk that `make faults` does whole. */
#include "run_cnnrun.h"

/* A minute on two processors, two under the sanitizer; the whole walk takes hours. */
#define EVERY "200"
#define EVERY_SANITIZED "800"
#define WALK_SECONDS 900

/* The walk prints what is wrong; this says only that it is. */
START_TEST(every_kth_point_of_failure)
{
    const char *build = getenv("CNNRUN_BUILD");
    build = build ? build : "build";
    if (strstr(build, "tsan")) /* whose runtime and the shim do not go together */
        return;
    const char *command = run_text("%s/faults/walk --build %s --every %s -j 2", build, build,
                                   strstr(build, "asan") ? EVERY_SANITIZED : EVERY);
    fflush(stdout);
    ck_assert_msg(system(command) == 0, "%s: points of failure at which something is wrong",
                  command);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tc = tcase_create("walk");
    tcase_set_timeout(tc, WALK_SECONDS);
    tcase_add_test(tc, every_kth_point_of_failure);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
