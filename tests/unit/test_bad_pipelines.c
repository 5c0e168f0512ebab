/* test_bad_pipelines.c - each tests/bad/NAME.yaml gives just the messages that stand in it.
 *
 * Its first lines say what `cnnrun --dry-run tests/bad/NAME.yaml` must do (from
 * tests/bad/NAME.expected where a file cannot begin so: empty, binary):
 *
 *   # exit N: MESSAGE        the exit code and the first line on stderr
 *   # next: MESSAGE          each further line; there are no others
 *   # with: OPTION VALUE     an option that cnnrun gets; VALUE is all that follows
 *
 * PLUGINS stands for the folder of the plugins. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>

#include "folder.h"
#include "run_cnnrun.h"

#define BAD "tests/bad"
#define AT_LEAST 100 /* files; fewer were not found */

typedef struct expectation {
    int code;
    char text[32768]; /* of stderr */
    char options[16][512];
    size_t option_count;
} expectation;

/* Adds a line with PLUGINS replaced. */
static void expect_line(expectation *e, const char *line)
{
    char folder[PATH_MAX + 16], real[PATH_MAX];
    ck_assert_ptr_nonnull(realpath(unit_build(), real));
    (void)snprintf(folder, sizeof folder, "%s/plugins", real);
    const char *mark = strstr(line, "PLUGINS");
    const size_t used = strlen(e->text), room = sizeof e->text - used;
    const int length = mark ? snprintf(e->text + used, room, "%.*s%s%s\n", (int)(mark - line), line,
                                       folder, mark + strlen("PLUGINS"))
                            : snprintf(e->text + used, room, "%s\n", line);
    ck_assert_int_lt(length, (int)room);
}

static void expect_option(expectation *e, const char *line)
{
    const size_t name = strcspn(line, " ");
    ck_assert_uint_lt(e->option_count + 1, 16);
    (void)snprintf(e->options[e->option_count++], sizeof e->options[0], "%.*s", (int)name, line);
    if (line[name])
        (void)snprintf(e->options[e->option_count++], sizeof e->options[0], "%s", line + name + 1);
}

static void read_expectation(const char *path, expectation *e)
{
    static char line[16384];
    memset(e, 0, sizeof *e);
    char beside[512];
    (void)snprintf(beside, sizeof beside, "%.*s.expected", (int)(strlen(path) - strlen(".yaml")),
                   path);
    FILE *file = fopen(beside, "r");
    if (!file)
        file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) && line[0] == '#') {
        int after = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "# exit %d: %n", &e->code, &after) == 1 && after)
            expect_line(e, line + after);
        else if (strncmp(line, "# next: ", 8) == 0)
            expect_line(e, line + 8);
        else if (strncmp(line, "# with: ", 8) == 0)
            expect_option(e, line + 8);
    }
    fclose(file);
    ck_assert_msg(e->text[0], "%s: its first line is not '# exit N: MESSAGE'", path);
}

/* True if it does what it must; else says what it did. */
static bool check_file(const char *name)
{
    static expectation e;
    char path[512];
    const char *arguments[20] = {"--dry-run"};
    size_t count = 1;
    (void)snprintf(path, sizeof path, BAD "/%s", name);
    read_expectation(path, &e);
    for (size_t i = 0; i < e.option_count; i++)
        arguments[count++] = e.options[i];
    arguments[count] = path;
    const run_result seen = run_wait(run_spawn(run_program(), arguments));
    const bool good = seen.code == e.code && strcmp(seen.err, e.text) == 0 && !*seen.out;
    if (!good)
        printf("%s: exit %d, expected %d\n%s%s--- expected\n%s\n", path, seen.code, e.code,
               seen.out, seen.err, e.text);
    return good;
}

static int is_pipeline(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

START_TEST(says_what_stands_in_the_file)
{
    struct dirent **files;
    const int count = scandir(BAD, &files, is_pipeline, alphasort);
    int bad = 0;
    unsetenv("CNNRUN_DATA");
    unsetenv("CNNRUN_PLUGIN_PATH");
    for (int i = 0; i < count; i++) {
        bad += !check_file(files[i]->d_name);
        free(files[i]);
    }
    free(files);
    fflush(stdout);
    ck_assert_int_ge(count, AT_LEAST);
    ck_assert_msg(bad == 0, "%d of %d bad pipelines give other messages", bad, count);
}
END_TEST

static void write_many(const char *path, const char *line, size_t times)
{
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < times; i++)
        ck_assert_int_ge(fputs(line, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void refused(const char *path, const char *text)
{
    const run_result r = run_cnnrun("--dry-run %s", path);
    run_exits(r, 3);
    ck_assert_msg(strstr(r.err, text) && strlen(r.err) < 300, "%.2000s", r.err);
}

START_TEST(refuses_what_is_too_large)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/huge.yaml", unit_folder());
    write_many(path, "a: 1234567\n", 100000);
    refused(path, "huge.yaml: has 1100000 bytes; at most 1048576 are expected");
    write_many(path, "- 1\n", 110000);
    refused(path, "huge.yaml:100000:3: there are more than 100000 values");
    write_many(path, "[", 100000);
    refused(path, "huge.yaml:1:65: lists and maps are nested deeper than 64 levels");
    ck_assert_int_eq(truncate(path, 1L << 40), 0); /* takes no space on the disk */
    refused(path, "huge.yaml: has 1099511627776 bytes; at most 1048576 are expected");
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    refused(unit_folder(), "must be a regular file");
    refused("/dev/null", "must be a regular file");
    refused("./missing.yaml", "./missing.yaml: cannot be read: No such file or directory");
}
END_TEST

UNIT_MAIN("bad pipelines", says_what_stands_in_the_file, refuses_what_is_too_large,
          refuses_what_is_no_file)
