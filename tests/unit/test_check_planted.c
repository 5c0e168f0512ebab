/* test_check_planted.c - the kit's own test: planted faults are caught, good plugins pass. */
#define UNIT_TIMEOUT 1200 /* beside other tests */
#include "run_check.h"

START_TEST(the_planted_are_caught)
{
    const run_result result = check("--selftest %s/tests/conformance", unit_build());
    ck_assert_msg(result.code == 0, "%s%s", result.out, result.err);
}
END_TEST

UNIT_MAIN("check_planted", the_planted_are_caught)
