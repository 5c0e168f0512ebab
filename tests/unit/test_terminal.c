/* test_terminal.c - nothing from outside reaches the terminal as a command: not what plugins say,
 * not names of files, keys and arguments. */
#include <sys/stat.h>

#include "base/text.h"
#include "run_folder.h"

/* ESC, C1 as UTF-8, a right-to-left override, C1 as a byte, DEL; and what is to be seen of them. */
#define CONTROLS                                                                                   \
    "\x1b[2J, \xC2\x9B"                                                                            \
    "2J, \xE2\x80\xAE, \x9B, \x7F"
#define SHOWN "\\x1b[2J, \\u009b2J, \\u202e, \\x9b, \\x7f"
/* The same without blanks, for names. */
#define NAME                                                                                       \
    "a\x1b[2J\xC2\x9B"                                                                             \
    "2J\xE2\x80\xAE\x9B\x7F"
#define NAME_SHOWN "a\\x1b[2J\\u009b2J\\u202e\\x9b\\x7f"

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

static void is_clean(const char *text)
{
    char *shown = cnn_printable(text, "\n\t");
    ck_assert_str_eq(text, shown);
    free(shown);
}

/* What it printed is clean, and has the parts, the last of which is NULL. */
static void shows(run_result r, int code, const char *const *parts)
{
    run_exits(r, code);
    is_clean(r.out);
    is_clean(r.err);
    for (; *parts; parts++)
        says(run_text("%s%s", r.out, r.err), *parts);
}
#define SHOWS(RESULT, CODE, ...) shows(RESULT, CODE, (const char *const[]){__VA_ARGS__, NULL})

static run_result run_words(const char *const *words)
{
    return run_wait(run_spawn(run_program(), words));
}
#define RUN(...) run_words((const char *const[]){__VA_ARGS__, NULL})

START_TEST(texts_of_plugins)
{
    const char *folder = run_text("%s/tests/broken", unit_build());
    SHOWS(RUN("plugins", "loss/good_controls", "--plugin-path", folder), 0, "summary " SHOWN,
          "\n  doc " SHOWN, "mode " SHOWN, "word " SHOWN, "\\x1b]0;x\\x07", "\\u202e\"");
    const run_result json = RUN("plugins", "loss/good_controls", "--json", "--plugin-path", folder);
    ck_assert_int_eq(json.code, 0); /* a machine reads it */
    SHOWS(RUN(SMALL, "--dry-run", "--set", "loss=good_controls", "--plugin-path", folder), 3,
          "failed " SHOWN);
}
END_TEST

START_TEST(arguments)
{
    SHOWS(RUN(NAME), 2, "cnnrun: '" NAME_SHOWN "' is no command and no file");
    SHOWS(RUN("a\nb"), 2, "cnnrun: 'a\\x0ab' is no command and no file");
    SHOWS(RUN("--" NAME), 2,
          "cnnrun: unrecognized option '--" NAME_SHOWN "'; see: cnnrun --help\n");
    SHOWS(RUN("-\x9B"), 2, "cnnrun: invalid option -- '\\x9b'; see: cnnrun --help\n");
    SHOWS(RUN("--quiet=" NAME), 2, "cnnrun: option '--quiet' doesn't allow an argument; see: ");
    SHOWS(RUN("--p=" NAME), 2,
          "cnnrun: unrecognized option '--p=" NAME_SHOWN "'; see: cnnrun --help\n");
    SHOWS(RUN("--threads", "1", "--thr=" NAME), 2,
          "cnnrun: unrecognized option '--thr=" NAME_SHOWN "'; did you mean '--threads'?; see: ");
    SHOWS(RUN("--threads=" NAME), 2, "cnnrun: --threads is '" NAME_SHOWN "'; it");
    SHOWS(RUN("build", "x.c", "-o"), 2, "cnnrun: option requires an argument -- 'o'; see: ");
    SHOWS(RUN("build", "-vx"), 2, "cnnrun: invalid option -- 'x'; see: ");
    SHOWS(RUN("plugins", NAME), 5, "is called '" NAME_SHOWN "'");
    SHOWS(RUN("check", NAME), 5, "cnnrun check: no plugin '" NAME_SHOWN "'");
    SHOWS(RUN("check", "--" NAME), 2, "cnnrun check: unrecognized option '--" NAME_SHOWN "'; see:");
    SHOWS(RUN("check", "--seed", NAME), 2, "cnnrun check: --seed is '" NAME_SHOWN "'; it");
    SHOWS(RUN("report", "--" NAME), 2, "unrecognized option '--" NAME_SHOWN "'");
}
END_TEST

START_TEST(names_of_files)
{
    const char *dir = run_train("run", SMALL, "--epochs 1");
    const char *folder = run_text("%s/" NAME, unit_folder_path);
    SHOWS(RUN("predict", dir, NAME ".png"), 4, NAME_SHOWN ".png");
    ck_assert_int_eq(rename(dir, folder), 0);
    SHOWS(RUN("report", folder), 0, NAME_SHOWN "/report.html\n");
    SHOWS(RUN("report", run_text("%s/none", folder)), 7, NAME_SHOWN "/none: ");
    SHOWS(RUN(NAME ".yaml"), 3, NAME_SHOWN ".yaml: ");
    SHOWS(RUN("new", "loss", "mine", folder), 0, "wrote ", NAME_SHOWN "/mine.c", "build $'",
          "a\\033[2J\\302\\2332J\\342\\200\\256\\233\\177/mine.c'\n");
    SHOWS(RUN("check", run_text("%s/none.so", folder)), 5, NAME_SHOWN "/none.so: ");
    SHOWS(RUN(SMALL, "--epochs", "1", "--out", run_text("%s/second", folder)), 0,
          NAME_SHOWN "/second: ", NAME_SHOWN "/second\n");
}
END_TEST

static const char *write_file(const char *name, const char *text)
{
    const char *path = run_text("%s/%s", unit_folder_path, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

START_TEST(keys_of_yaml)
{
    unit_folder();
    const char *path =
        write_file("key.yaml",
                   "name: key\n\"\\e[2J\\x9B2J\\u202E\": 1\ntrain: {\"\\u2067\xE2\x80\xAE\": 2}\n");
    SHOWS(RUN(path, "--dry-run"), 3, "\\x1b[2J\\u009b2J\\u202e", "\\u2067\\u202e");
    /* A pipeline that is shown is YAML, with YAML's own escapes. */
    const char *base = run_file(".", SMALL, NULL);
    path = write_file("text.yaml",
                      run_text("# before\n%smetrics: [accuracy]\n",
                               run_text("%.*s", (int)(strstr(base, "metrics:") - base), base)));
    SHOWS(RUN(path, "--dry-run", "--set", "data.train={idx: {path: \"\\u202E\"}}"), 4, "\\u202e");
}
END_TEST

/* A summary may come from anywhere, and so may the lines that a child's plugin writes. */
START_TEST(findings_of_an_experiment)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    unit_folder();
    const char *path = write_file("e.yaml", run_text("base: %s/" SMALL "\nruns: {a: {}}\n", here));
    const char *dir = run_text("%s/" NAME, unit_folder_path);
    run_exits(RUN(path, "--quiet", "--out", dir), 0);
    ck_assert_int_eq(system(run_text("cd %s/a*/a && sed -i 's/\"findings\": .*/\"findings\": "
                                     "[\"x\\\\u001b[2J\\\\u202e\\\\u009b\"],/' summary.json",
                                     unit_folder_path)),
                     0);
    SHOWS(RUN(path, "--resume", "--out", dir), 0, "a: x\\x1b[2J\\u202e\\u009b\n",
          NAME_SHOWN "/results.csv\n");
}
END_TEST

UNIT_MAIN("terminal", texts_of_plugins, arguments, names_of_files, keys_of_yaml,
          findings_of_an_experiment)
