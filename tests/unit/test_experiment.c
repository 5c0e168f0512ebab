/* test_experiment.c - experiments: settings and seeds, failures, signals, kills, and what they
 * leave.
 *
 * However an experiment was broken off, resumed it must end in the figures of one that never was.
 */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "run_outside.h"

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

/* Writes FOLDER/NAME.yaml on top of tests/pipelines/small.yaml; returns its path. */
static const char *write_experiment(const char *name, const char *text)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    const char *path = run_text("%s/%s.yaml", unit_folder_path, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "base: %s/" SMALL "\n%s", here, text);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* Three runs, two seeds each, long enough to be met at work. */
static const char *write_long(void)
{
    unit_folder();
    return write_experiment("long", "repeat: 2\n"
                                    "runs:\n"
                                    "  plain: {train.epochs: 6}\n"
                                    "  zeros: {network.initializer: zeros}\n"
                                    "  late: {seed: 5, loss: mean_squared_error}\n");
}
#define LONG_OPTIONS                                                                               \
    "--quiet --set data.train.synthetic_digits.samples=500 --set train.epochs=8 --set "            \
    "train.batch_size=16"
static const char *const long_trials[] = {"plain/1", "plain/2", "zeros/1",
                                          "zeros/2", "late/5",  "late/6"};

/* results.csv without `seconds`. */
static const char *results(const char *dir)
{
    char *text = run_file(dir, "results.csv", NULL), *out = text;
    size_t column = 1;
    for (const char *at = text; *at; at++) {
        column = *at == ',' ? column + 1 : *at == '\n' ? 1 : column;
        if (column != 13)
            *out++ = *at;
    }
    *out = '\0';
    return text;
}

static const char *run_long(const char *name, const char *options)
{
    const char *dir = run_text("%s/%s", unit_folder_path, name);
    run_exits(
        run_cnnrun("%s/long.yaml " LONG_OPTIONS " --out %s %s", unit_folder_path, dir, options), 0);
    return dir;
}

static void same_experiment(const char *a, const char *b)
{
    for (size_t i = 0; i < sizeof long_trials / sizeof long_trials[0]; i++)
        run_same(run_text("%s/%s", a, long_trials[i]), run_text("%s/%s", b, long_trials[i]));
    ck_assert_str_eq(results(a), results(b));
    ck_assert_str_eq(run_file(a, "experiment.yaml", NULL), run_file(b, "experiment.yaml", NULL));
}

static void await_file(run_child child, const char *dir, const char *name)
{
    for (int i = 0; i < RUN_SECONDS * 1000 && !run_holds(dir, name); i++) {
        ck_assert_msg(
            waitid(P_PID, (id_t)child.pid, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) == 0,
            "the experiment is lost");
        run_pause();
    }
    ck_assert(run_holds(dir, name));
}

/* ---- settings ------------------------------------------------------------------------------- */

/* base, --set, the run's own settings, --epochs and --seed: each is overruled by the next. */
START_TEST(settings_come_in_their_order)
{
    unit_folder();
    const char *path =
        write_experiment("order", "runs:\n"
                                  "  base: {}\n"
                                  "  own: {train.epochs: 4, train: {epochs: 5, batch_size: 50}}\n");
    const char *dir = run_text("%s/out", unit_folder_path);
    run_exits(
        run_cnnrun("%s --quiet --out %s --set train.epochs=3 --set train.batch_size=20", path, dir),
        0);
    run_says(run_text("%s/base", dir), "epochs", "3");
    run_says(run_text("%s/own", dir), "epochs", "5");
    says(run_file(dir, "base/pipeline.yaml", NULL), "batch_size: 20");
    says(run_file(dir, "own/pipeline.yaml", NULL), "batch_size: 50");
    const char *late = run_text("%s/late", unit_folder_path);
    run_exits(run_cnnrun("%s --quiet --epochs 1 --seed 9 --out %s", path, late), 0);
    run_says(run_text("%s/own", late), "epochs", "1");
    run_says(run_text("%s/own", late), "seed", "9");
    run_says(run_text("%s/base", late), "seed", "9");
}
END_TEST

START_TEST(one_epoch_is_no_epochs)
{
    unit_folder();
    const char *path = write_experiment("one", "runs: {a: {train.epochs: 1}, b: {}}\n");
    const run_result r = run_cnnrun("%s --dry-run", path);
    run_exits(r, 0);
    says(r.out, "a                    seed 1, 1 epoch, ");
    says(r.out, "b                    seed 1, 2 epochs, ");
}
END_TEST

/* A run of an experiment is the run that its pipeline and seed give alone. */
START_TEST(a_run_is_what_it_is_alone)
{
    unit_folder();
    const char *path = write_experiment("seeds", "repeat: 3\n"
                                                 "runs: {a: {seed: 7, train.batch_size: 32}}\n");
    const char *dir = run_text("%s/out", unit_folder_path);
    run_exits(run_cnnrun("%s --quiet --out %s", path, dir), 0);
    ck_assert_str_eq(run_listing(run_text("%s/a", dir)), "7 8 9 ");
    ck_assert_str_eq(run_listing(dir), "a experiment.yaml plots report.html results.csv ");
    for (int seed = 7; seed <= 9; seed++)
        run_same(run_text("%s/a/%d", dir, seed),
                 run_train(run_text("alone%d", seed), SMALL,
                           run_text("--set train.batch_size=32 --seed %d", seed)));
}
END_TEST

/* The kept file is an experiment too, and gives the same. */
START_TEST(the_kept_file_gives_the_same_again)
{
    unit_folder();
    const char *path =
        write_experiment("kept", "repeat: 2\n"
                                 "runs: {a: null, b: {network.initializer: zeros}}\n");
    const char *dir = run_text("%s/out", unit_folder_path),
               *again = run_text("%s/again", unit_folder_path);
    run_exits(run_cnnrun("%s --quiet --out %s --seed 3 --set train.batch_size=64", path, dir), 0);
    run_exits(run_cnnrun("%s/experiment.yaml --quiet --out %s", dir, again), 0);
    ck_assert_str_eq(results(dir), results(again));
    says(results(dir), "\nb,4,completed,2,");
    ck_assert_str_eq(run_file(dir, "experiment.yaml", NULL),
                     run_file(again, "experiment.yaml", NULL));
}
END_TEST

START_TEST(only_some_and_then_the_rest)
{
    const char *path = write_long(), *whole = run_long("whole", "");
    const char *dir = run_text("%s/part", unit_folder_path);
    run_exits(run_cnnrun("%s " LONG_OPTIONS " --out %s --only late --only plain", path, dir), 0);
    ck_assert(run_holds(dir, "late/6/summary.json") && run_holds(dir, "plain/2/summary.json"));
    ck_assert(!run_holds(dir, "zeros/1/summary.json"));
    ck_assert_ptr_null(strstr(results(dir), "zeros"));
    const char *before = run_value(run_text("%s/late/5", dir), "wall_seconds");
    run_long("part", "--resume");
    run_says(run_text("%s/late/5", dir), "wall_seconds", before); /* not done again */
    same_experiment(dir, whole);
}
END_TEST

START_TEST(two_at_a_time_are_the_same)
{
    write_long();
    const char *one = run_long("one", "--jobs 1"), *two = run_long("two", "--jobs 2");
    const char *many = run_long("many", "--jobs 9 --threads 2");
    same_experiment(one, two);
    same_experiment(one, many);
    run_says(run_text("%s/late/5", many), "threads", "2");
}
END_TEST

START_TEST(lines_without_control_characters)
{
    unit_folder();
    const char *path = write_experiment(
        "plain", "repeat: 2\nruns: {a: {}, b: {optimizer.sgd.learning_rate: 1e30}}\n");
    const run_result r = run_cnnrun("%s --out %s/out", path, unit_folder_path);
    run_exits(r, 0);
    for (const char *at = r.out; *at; at++)
        ck_assert(*at == '\n' || (unsigned char)*at >= ' ');
    says(r.out, "\na                         1      2 ");
    says(r.out, " diverged");
    says(r.out, " \u00b1 0.");
    says(r.out, "\nb, seed 1: diverged in epoch 1, step 2: ");
    says(r.out, "\nb, seed 2: diverged in epoch 1, step 2: ");
    const char *table = strstr(r.out, "\n\nrun   ");
    ck_assert_ptr_nonnull(table);
    says(table, run_text("\n%s/out/report.html  %s/out/results.csv\n", unit_folder_path,
                         unit_folder_path));
    const run_result dry = run_cnnrun("%s --dry-run --out %s/dry", path, unit_folder_path);
    run_exits(dry, 0);
    says(dry.out,
         "seed 1 to 2, 2 epochs, 1826 parameters, loss categorical_crossentropy, optimizer sgd");
    ck_assert(!run_holds(unit_folder_path, "dry"));
}
END_TEST

START_TEST(a_dry_run_shows_what_only_names)
{
    unit_folder();
    const char *path = write_experiment("some", "runs: {a: {}, b: {}, c: {}}\n");
    const run_result r = run_cnnrun("%s --dry-run --only c --only a", path);
    run_exits(r, 0);
    ck_assert_int_eq(r.out[0], 'a');
    says(r.out, "\nc ");
    ck_assert_ptr_null(strstr(r.out, "\nb "));
}
END_TEST

/* ---- the last lines -------------------------------------------------------------------------- */

static void write_summary(const char *dir, int seed, const char *text)
{
    FILE *file = fopen(run_text("%s/a/%d/summary.json", dir, seed), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

/* What is printed below the trainings of an experiment whose run a was left so. */
static const char *last_lines(const char *path, const char *dir)
{
    const run_result r = run_cnnrun("%s --resume --only b --out %s", path, dir);
    run_exits(r, 0);
    const char *last = strstr(r.out, "\n\n");
    ck_assert_ptr_nonnull(last);
    return last;
}

START_TEST(causes_of_every_seed_and_means_of_the_completed)
{
    unit_folder();
    const char *path = write_experiment("last", "repeat: 3\nruns: {a: {}, b: {}}\n"),
               *dir = run_text("%s/out", unit_folder_path);
    run_exits(run_cnnrun("%s --quiet --only b --out %s", path, dir), 0);
    write_summary(dir, 1,
                  "{\"status\": \"completed\", \"loss\": 0.5, \"findings\": "
                  "[\"same\", \"one\", \"two\", \"three\", \"four\"]}");
    write_summary(dir, 2,
                  "{\"status\": \"completed\", \"loss\": 0.7, \"findings\": "
                  "[\"same\", \"three\"]}");
    write_summary(dir, 3,
                  "{\"status\": \"failed\", \"loss\": 9, \"findings\": "
                  "[\"out of memory\"]}");
    const char *last = last_lines(path, dir);
    says(last, run_text("\n\na, seeds 1, 2: same\na, seed 1: one\na, seed 1: two\n"
                        "a, seed 1: \u2026 and 2 more in %s/a/1/summary.json\n"
                        "a, seed 2: three\na, seed 3: failed: out of memory\n",
                        dir));
    says(last, "\na                    0.6000 \u00b1 0.1414 of 2                  -  ");
    says(last, "  2 completed, 1 failed\n");
    /* None has completed: all count. */
    write_summary(dir, 1, "{\"status\": \"diverged\", \"loss\": 1, \"findings\": [\"same\"]}");
    write_summary(dir, 2, "{\"status\": \"diverged\", \"loss\": 2, \"findings\": [\"same\"]}");
    write_summary(dir, 3, "{\"status\": \"failed\", \"loss\": 3, \"findings\": [\"same\"]}");
    last = last_lines(path, dir);
    says(last, "\n\na, seeds 1 to 3: same\n");
    says(last, "\na                       2.0000 \u00b1 1.0000   ");
}
END_TEST

/* What it prints on a terminal so wide. */
static const char *on_terminal(unsigned short width, const char *path, const char *dir)
{
    static char text[1 << 20];
    size_t length = 0;
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    ck_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    const char *name = ptsname(terminal);
    const struct winsize size = {.ws_row = 24, .ws_col = width};
    const int inside = open(name, O_RDWR | O_NOCTTY); /* else reading ends before it begins */
    ck_assert_int_eq(ioctl(inside, TIOCSWINSZ, &size), 0);
    const char *line = run_text("TERM=xterm exec \"$0\" %s --out %s >%s", path, dir, name);
    const run_child child =
        run_spawn("/bin/sh", (const char *const[]){"-c", line, run_program(), NULL});
    siginfo_t ended = {0};
    while (ended.si_pid == 0) {
        run_pause();
        ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
        ssize_t count;
        while ((count = read(terminal, text + length, sizeof text - 1 - length)) > 0)
            length += (size_t)count;
    }
    run_exits(run_wait(child), 0);
    text[length] = '\0';
    close(inside);
    close(terminal);
    return text;
}

/* Characters of the longest line; findings and paths are no lines of a table. */
static int longest_line(const char *text)
{
    int longest = 0;
    for (char *line = strtok(run_keep(strdup(text)), "\r\n"); line; line = strtok(NULL, "\r\n")) {
        const char *at = strstr(line, "\033[J") ? strstr(line, "\033[J") + 3 : line;
        int length = 0;
        for (; *at; at++)
            length += ((unsigned char)*at & 0xC0) != 0x80;
        if (!strstr(line, ": ") && !strchr(line, '/') && length > longest)
            longest = length;
    }
    return longest;
}

START_TEST(tables_fit_the_terminal)
{
    unit_folder();
    const char *path =
        write_experiment("wide", "repeat: 2\nruns: {a_run_with_a_name_that_is_long: {}, b: {}}\n");
    static const unsigned short widths[] = {40, 80, 120, 200};
    for (size_t i = 0; i < 4; i++) {
        const char *text = on_terminal(widths[i], path, run_text("%s/%zu", unit_folder_path, i));
        ck_assert_msg(longest_line(text) < widths[i], "%d: %s", widths[i], text);
        says(text, "0 of 4 done, 0:0");
        says(text, widths[i] < 80 ? "  test_acc  status" : "  val_acc");
        says(text, widths[i] < 80 ? "~" : "a_run_with_a_name_that_is_long ");
    }
    says(on_terminal(200, path, run_text("%s/whole", unit_folder_path)),
         "val_accuracy  test_accuracy  status");
}
END_TEST

/* How far a training is, as an experiment reads it. */
START_TEST(progress_within_an_epoch)
{
    unit_folder();
    FILE *file = tmpfile();
    double at[2] = {0};
    setenv("CNNRUN_PROGRESS", run_text("%d", fileno(file)), 1);
    run_exits(run_cnnrun(SMALL " --out %s/run", unit_folder_path), 0);
    ck_assert_uint_eq(fread(at, sizeof at[0], 2, file), 2);
    ck_assert_double_eq(at[0], 0);
    ck_assert(at[1] > 0 && at[1] <= 2);
    fclose(file);
}
END_TEST

START_TEST(damaged_checkpoints_are_started_over)
{
    unit_folder();
    const char *path = write_experiment("damaged", "runs: {a: {}}\n"),
               *dir = run_text("%s/out", unit_folder_path), *trial = run_text("%s/a", dir);
    run_exits(run_cnnrun("%s --quiet --out %s", path, dir), 0);
    const char *hash = run_hash(trial);
    ck_assert_int_eq(truncate(run_text("%s/checkpoint.safetensors", trial), 100), 0);
    ck_assert_int_eq(truncate(run_text("%s/checkpoint.previous.safetensors", trial), 100), 0);
    ck_assert_int_eq(unlink(run_text("%s/summary.json", trial)), 0);
    const run_result r = run_cnnrun("%s --quiet --resume --out %s", path, dir);
    run_exits(r, 8);
    says(r.err, run_text("\n%s: no checkpoint can be used; to start this training over, delete "
                         "its folder\n",
                         trial));
    run_shell(run_text("rm -r %s", trial));
    run_exits(run_cnnrun("%s --quiet --resume --out %s", path, dir), 0);
    ck_assert_str_eq(run_hash(trial), hash);
}
END_TEST

/* ---- failures ------------------------------------------------------------------------------- */

START_TEST(what_fails_or_diverges_does_not_end_the_rest)
{
    const char *folder = unit_folder(), *dir = run_text("%s/out", folder);
    run_compile("negative_rate", "-Iinclude", folder);
    run_compile("abort_later", "-Iinclude", folder);
    const char *path = write_experiment("fails", "runs:\n"
                                                 "  crashes: {schedule: abort_later}\n"
                                                 "  breaks: {schedule: negative_rate}\n"
                                                 "  bursts: {optimizer.sgd.learning_rate: 1e30}\n"
                                                 "  good: {}\n");
    const run_result r = run_cnnrun("%s --quiet --plugin-path %s --out %s", path, folder, dir);
    run_exits(r, 8);
    says(r.err, "cnnrun: run 'crashes', seed 1 failed: ");
    says(r.err, "cnnrun: run 'breaks', seed 1 failed: ");
    ck_assert_ptr_null(strstr(r.err, "failed: cnnrun: "));
    ck_assert_ptr_null(strstr(run_value(run_text("%s/crashes", dir), "findings"), "cnnrun: "));
    says(r.err, "the rate of step 7 is -1; it must be finite and 0 or more");
    run_says(run_text("%s/crashes", dir), "status", "\"failed\"");
    says(run_value(run_text("%s/crashes", dir), "findings"), "crashed in rate at step ");
    says(run_value(run_text("%s/breaks", dir), "findings"), "the rate of step 7 is -1");
    run_says(run_text("%s/bursts", dir), "status", "\"diverged\"");
    const char *csv = results(dir);
    says(csv, "\ncrashes,1,failed,");
    says(csv, "\nbreaks,1,failed,1,");
    says(csv, "\nbursts,1,diverged,0,,");
    says(csv, "\ngood,1,completed,2,");
    says(csv, "weights_sha256,reason\n");
    says(csv, " crashed in rate at step ");
    says(csv, "the rate of step 7 is -1; it must be finite and 0 or more\n");
    json_t *summary = run_summary(run_text("%s/bursts", dir));
    says(csv, json_string_value(json_array_get(json_object_get(summary, "findings"), 0)));
    json_decref(summary);
    /* What failed is tried again; what has ended is not. */
    const char *before = run_value(run_text("%s/good", dir), "wall_seconds");
    run_exits(run_cnnrun("%s --quiet --resume --plugin-path %s --out %s", path, folder, dir), 8);
    run_says(run_text("%s/good", dir), "wall_seconds", before);
    ck_assert_str_eq(results(dir), csv);
}
END_TEST

/* An experiment that may have so many descriptors, after which its children have none. */
static run_result run_with_descriptors(int count, const char *path, const char *options)
{
    const char *line = run_text("rm -rf %s/out; ulimit -n %d; exec \"$0\" %s --out %s/out %s",
                                unit_folder_path, count, path, unit_folder_path, options);
    return run_wait(run_spawn("/bin/sh", (const char *const[]){"-c", line, run_program(), NULL}));
}

/* However few descriptors there are: what failed has its reason in the lines and in results.csv.
 * Returns whether `reason` was one. */
static bool fails_with_reason(run_result r, const char *reason)
{
    static const char empty[] = ",failed,,,,,,,,,,,,", full[] = "Too many open files\n";
    if (r.code == 127) /* the loader of libraries needs descriptors too, and says so */
        return false;
    ck_assert_msg(r.code == 0 || r.code == 1 || r.code == 5 || r.code == 7 || r.code == 8,
                  "exit %d:\n%s%s", r.code, r.out, r.err);
    if (r.code != 0)
        says(r.err, full);
    if (!strstr(r.out, "failed: "))
        return false;
    const char *csv = run_file(run_text("%s/out", unit_folder_path), "results.csv", NULL);
    ck_assert_msg(strstr(csv, empty) != NULL, "%s", csv);
    for (const char *at = csv; (at = strstr(at, empty)) != NULL;) {
        const char *end = strstr(at += strlen(empty), "\n");
        says(at, full);
        says(r.out, run_text(": failed: %.*s\n", (int)(end - at), at));
    }
    return strstr(r.out, reason) != NULL;
}

START_TEST(a_child_without_descriptors_says_so)
{
    unit_folder();
    const char *path = write_experiment("few", "runs: {a: {}, b: {}}\n");
    bool child = false, start = false;
    for (int i = 6; i < 20 && !(child && start); i++) {
        child |=
            fails_with_reason(run_with_descriptors(i, path, "--jobs 1"), "Too many open files");
        start |= fails_with_reason(run_with_descriptors(i, path, "--jobs 2"),
                                   "cannot be started: a temporary file in /tmp: ");
    }
    ck_assert(child && start);
}
END_TEST

START_TEST(options_that_do_not_apply)
{
    unit_folder();
    const char *path = write_experiment("one", "runs: {a: {}}\n");
    run_result r = run_cnnrun(SMALL " --jobs 2 --out %s/out", unit_folder_path);
    run_exits(r, 2);
    ck_assert_str_eq(r.err, "cnnrun: --only and --jobs are for experiments, and " SMALL
                            " names no runs\n");
    run_exits(run_cnnrun(SMALL " --only a --out %s/out", unit_folder_path), 2);
    run_exits(run_cnnrun("%s --profile --out %s/out", path, unit_folder_path), 2);
    run_exits(run_cnnrun("%s --jobs 0 --out %s/out", path, unit_folder_path), 2);
    ck_assert(!run_holds(unit_folder_path, "out"));
}
END_TEST

/* Only diverging is no failure. */
START_TEST(diverging_is_a_result)
{
    unit_folder();
    const char *path =
        write_experiment("bursts", "runs: {a: {optimizer.sgd.learning_rate: 1e30}}\n");
    run_exits(run_cnnrun("%s --quiet --out %s/out", path, unit_folder_path), 0);
}
END_TEST

START_TEST(folders_are_not_written_over)
{
    unit_folder();
    const char *path = write_experiment("twice", "runs: {a: {}}\n"),
               *dir = run_text("%s/out", unit_folder_path);
    run_exits(run_cnnrun("%s --quiet --out %s", path, dir), 0);
    run_exits(run_cnnrun("%s --quiet --out %s", path, dir), 7);
    run_exits(run_cnnrun(SMALL " --quiet --out %s", dir), 7);
    run_exits(run_cnnrun(SMALL " --quiet --out %s/none", unit_folder_path), 0);
    const run_result none = run_cnnrun("%s --quiet --resume --out %s/none", path, unit_folder_path);
    run_exits(none, 2);
    ck_assert_str_eq(
        none.err, run_text("cnnrun: %s/none is the folder of a run, and %s is an experiment; to go "
                           "on with it, give the run's pipeline\n",
                           unit_folder_path, path));
    const run_result plain = run_cnnrun(SMALL " --quiet --resume --out %s", dir);
    run_exits(plain, 2);
    ck_assert_str_eq(plain.err, run_text("cnnrun: %s is the folder of an experiment, and " SMALL
                                         " is a pipeline; to go on with it, give the experiment's "
                                         "file\n",
                                         dir));
    const run_result empty = run_cnnrun("%s --quiet --resume --out %s", path, unit_folder_path);
    run_exits(empty, 7);
    says(empty.err, "there is no experiment to resume");
    /* A run that stands where one of the experiment's would. */
    run_exits(run_cnnrun(SMALL " --quiet --out %s/other/a", unit_folder_path), 0);
    run_exits(run_cnnrun("%s --quiet --out %s/other", path, unit_folder_path), 7);
}
END_TEST

START_TEST(an_ended_experiment_stays_as_it_is)
{
    unit_folder();
    const char *path = write_experiment("ended", "repeat: 2\nruns: {a: {}, b: {}}\n"),
               *dir = run_text("%s/out", unit_folder_path);
    const run_result first = run_cnnrun("%s --out %s --only a", path, dir);
    run_exits(first, 0);
    says(first.out, run_text("%s: 2 of 4 trainings\n", dir));
    const run_result part = run_cnnrun("%s --resume --out %s --only a", path, dir);
    run_exits(part, 0);
    says(part.out, run_text("%s: all 2 trainings have ended already\n", dir));
    run_exits(run_cnnrun("%s --quiet --resume --out %s", path, dir), 0);
    const run_result all = run_cnnrun("%s --resume --out %s", path, dir);
    run_exits(all, 0);
    says(all.out, run_text("%s: all 4 trainings have ended already\n", dir));
    /* It is no run, but has some. */
    const run_result none = run_cnnrun("evaluate %s", dir);
    run_exits(none, 7);
    ck_assert_str_eq(none.err,
                     run_text("cnnrun: %s: this is the folder of an experiment; it must be "
                              "that of a run; its runs are %s/a/1, %s/b/1, ...\n",
                              dir, dir, dir));
    run_exits(run_cnnrun("evaluate %s/a/1", dir), 0);
}
END_TEST

/* ---- broken off ----------------------------------------------------------------------------- */

/* Before that a signal ends the program as if it caught none: on a busy machine a start takes long.
 */
static void await_caught(run_child child, int number)
{
    const char *path = run_text("/proc/%d/status", (int)child.pid);
    unsigned long long caught = 0;
    for (int i = 0; number != SIGKILL && i < RUN_SECONDS * 1000; i++) {
        char line[256];
        FILE *status = fopen(path, "r");
        while (status && fgets(line, sizeof line, status))
            (void)sscanf(line, "SigCgt: %llx", &caught);
        if (status)
            fclose(status);
        siginfo_t ended = {0};
        waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOHANG | WNOWAIT);
        if (!status || caught >> (number - 1) & 1 || ended.si_pid != 0)
            return;
        run_pause();
    }
}

/* Starts and breaks off until it is done. The waits are chance, and grow; the outcome is not
 * chance. */
static void goes_on(int number, const char *options)
{
    const char *path = write_long(), *dir = run_text("%s/broken", unit_folder_path);
    uint32_t random = 7;
    int code = -1, broken = 0;
    for (int i = 0; code != 0; i++) {
        ck_assert_int_lt(i, 100);
        const bool begun = run_holds(dir, "experiment.yaml");
        const run_child child = run_start("%s " LONG_OPTIONS " --out %s %s %s", path, dir, options,
                                          begun ? "--resume" : "");
        random = random * 1664525u + 1013904223u;
        for (uint32_t wait = (random >> 26) + (uint32_t)(10 * i + i * i); wait > 0; wait--)
            run_pause();
        await_file(child, dir, "experiment.yaml");
        await_caught(child, number);
        kill(child.pid, number);
        const run_result r = run_wait(child);
        code = r.code;
        ck_assert_msg(code == 0 || code == (number == SIGKILL ? -SIGKILL : 128 + number),
                      "exit %d\n%s", code, r.err);
        ck_assert_str_eq(r.err, "");
        broken += code != 0;
    }
    ck_assert_int_gt(broken, 1);
    same_experiment(dir, run_long("whole", ""));
}

START_TEST(goes_on_after_sigint)
{
    goes_on(SIGINT, "");
}
END_TEST

START_TEST(goes_on_after_sigterm_to_two_at_a_time)
{
    goes_on(SIGTERM, "--jobs 2");
}
END_TEST

START_TEST(goes_on_after_kills)
{
    goes_on(SIGKILL, "");
}
END_TEST

START_TEST(goes_on_after_kills_of_two_at_a_time)
{
    goes_on(SIGKILL, "--jobs 2");
}
END_TEST

/* The children of an experiment that was killed save and end. */
START_TEST(no_child_trains_on_alone)
{
    const char *path = write_long(), *dir = run_text("%s/killed", unit_folder_path);
    const char *trial = run_text("%s/plain/1", dir);
    const run_child child = run_start("%s --quiet --epochs 100000 --out %s", path, dir);
    await_file(child, trial, "metrics.csv");
    kill(child.pid, SIGKILL);
    run_exits(run_wait(child), -SIGKILL);
    for (int i = 0; i < RUN_SECONDS * 1000 && !run_holds(trial, "summary.json"); i++)
        run_pause();
    run_says(trial, "status", "\"interrupted\"");
    ck_assert_str_eq(run_listing(run_text("%s/plain/2", dir)), "pipeline.yaml ");
}
END_TEST

START_TEST(an_interruption_leaves_the_table)
{
    const char *path = write_long(), *dir = run_text("%s/out", unit_folder_path);
    const run_child child = run_start("%s --epochs 100000 --out %s", path, dir);
    await_file(child, dir, "plain/1/metrics.csv");
    kill(child.pid, SIGTERM);
    const run_result r = run_wait(child);
    run_exits(r, 143);
    says(r.out, run_text("\n%s/results.csv\ninterrupted; go on with: cnnrun %s --epochs 100000 "
                         "--resume --out %s\n",
                         dir, path, dir));
    says(r.out, " 1 interrupted, 1 not started\n");
    says(results(dir), "\nplain,1,interrupted,");
}
END_TEST

/* ---- what was read at the start counts ------------------------------------------------------- */

START_TEST(files_may_change_and_go)
{
    const char *path = write_long(), *whole = run_long("whole", ""),
               *dir = run_text("%s/out", unit_folder_path);
    const run_child child = run_start("%s " LONG_OPTIONS " --out %s", path, dir);
    await_file(child, dir, "plain/1/metrics.csv");
    write_experiment("long", "runs: {other: {}}\n");
    kill(child.pid, SIGINT);
    const run_result r = run_wait(child);
    run_exits(r, 130);
    const run_result changed =
        run_cnnrun("%s " LONG_OPTIONS " --resume --out %s --only plain", path, dir);
    run_exits(changed, 0);
    says(changed.err,
         run_text("cnnrun: warning: %s: goes on as it was begun; %s or the options", dir, path));
    ck_assert_int_eq(unlink(path), 0);
    run_exits(run_cnnrun("%s " LONG_OPTIONS " --resume --out %s", path, dir), 0);
    same_experiment(dir, whole);
}
END_TEST

/* Without --out: the newest experiment of this name that is not finished; runs are none. */
START_TEST(finds_the_experiment_to_go_on_with)
{
    const char *path = write_long(), *folder = unit_folder_path;
    (void)run_program();
    ck_assert_int_eq(chdir(folder), 0);
    run_result none = run_cnnrun("%s --resume", path);
    run_exits(none, 7);
    ck_assert_str_eq(none.err, "cnnrun: runs: no unfinished experiment of 'long' to resume\n");
    const run_child child = run_start("%s --epochs 20", path);
    await_file(child, "runs/long-001/plain/1", "metrics.csv");
    kill(child.pid, SIGINT);
    (void)run_wait(child);
    run_exits(run_cnnrun("%s --quiet --epochs 1", path), 0);
    run_exits(run_cnnrun("%s --quiet --epochs 20 --resume", path), 0);
    run_says("runs/long-001/late/6", "status", "\"completed\"");
    run_exits(run_cnnrun("%s --quiet --epochs 20 --resume", path), 7);
}
END_TEST

UNIT_MAIN("experiment", settings_come_in_their_order, one_epoch_is_no_epochs,
          an_ended_experiment_stays_as_it_is, a_dry_run_shows_what_only_names,
          causes_of_every_seed_and_means_of_the_completed, tables_fit_the_terminal,
          progress_within_an_epoch, damaged_checkpoints_are_started_over, a_run_is_what_it_is_alone,
          the_kept_file_gives_the_same_again, only_some_and_then_the_rest,
          two_at_a_time_are_the_same, lines_without_control_characters,
          what_fails_or_diverges_does_not_end_the_rest, a_child_without_descriptors_says_so,
          diverging_is_a_result, options_that_do_not_apply, folders_are_not_written_over,
          goes_on_after_sigint, goes_on_after_sigterm_to_two_at_a_time, goes_on_after_kills,
          goes_on_after_kills_of_two_at_a_time, no_child_trains_on_alone,
          an_interruption_leaves_the_table, files_may_change_and_go,
          finds_the_experiment_to_go_on_with)
