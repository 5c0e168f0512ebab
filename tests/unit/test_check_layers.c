/* test_check_layers.c - the kit on every layer that was built. */
#define UNIT_TIMEOUT 1200 /* beside other tests */
#include "run_check.h"

START_TEST(layers_pass)
{
    check_kind("layer");
}
END_TEST

UNIT_MAIN("check_layers", layers_pass)
