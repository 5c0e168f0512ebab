/* test_check_plugins.c - the kit on every plugin that was built, but layers. */
#define UNIT_TIMEOUT 1200 /* beside other tests */
#include "run_check.h"

START_TEST(losses_pass)
{
    check_kind("loss");
}
END_TEST

START_TEST(initializers_pass)
{
    check_kind("initializer");
}
END_TEST

START_TEST(optimizers_pass)
{
    check_kind("optimizer");
}
END_TEST

START_TEST(schedules_pass)
{
    check_kind("schedule");
}
END_TEST

START_TEST(datasets_pass)
{
    check_kind("dataset");
}
END_TEST

START_TEST(callbacks_pass)
{
    check_kind("callback");
}
END_TEST

START_TEST(metrics_pass)
{
    check_kind("metric");
}
END_TEST

UNIT_MAIN("check_plugins", losses_pass, initializers_pass, optimizers_pass, schedules_pass,
          datasets_pass, callbacks_pass, metrics_pass)
