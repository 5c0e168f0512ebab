/* test_process.c - programs that are started: their limits. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "folder.h"
#include "unit.h"

/* The status of a script that is run with those limits, its output in a file. */
static int run_script(const char *script, double seconds, size_t file_bytes)
{
    char shell[] = "sh", option[] = "-c", text[200], path[300];
    char *arguments[] = {shell, option, text, NULL};
    int status;
    (void)snprintf(text, sizeof text, "%s", script);
    (void)snprintf(path, sizeof path, "%s/out", unit_folder());
    FILE *out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    const cnn_launch launch = {.program = shell,
                               .arguments = arguments,
                               .streams = {CNN_STREAM_NONE, fileno(out), CNN_STREAM_NONE},
                               .seconds = seconds,
                               .file_bytes = file_bytes};
    ck_assert_int_eq(cnn_process_run(&launch, &status), 0);
    ck_assert_int_le(ftell(out), file_bytes ? (long)file_bytes : 0);
    ck_assert_int_eq(fclose(out), 0);
    return status;
}

START_TEST(is_ended_after_its_time)
{
    const double begin = cnn_clock_now();
    const int status = run_script("exec sleep 100", 0.2, 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_double_lt(cnn_clock_now() - begin, 50);
}
END_TEST

START_TEST(gives_its_status_within_its_time)
{
    const int status = run_script("sleep 0.1; exit 7", 100, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
END_TEST

START_TEST(writes_no_longer_file)
{
    const int status = run_script("exec yes", 100, 100000);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}
END_TEST

UNIT_MAIN("process", is_ended_after_its_time, gives_its_status_within_its_time,
          writes_no_longer_file)
