/* test_callback.c - callbacks: early stopping at the epoch that metrics.csv says, with the bits of
 * the best epoch, also when the run was killed; findings turned off; callbacks from outside: what
 * they may ask of a training, that it repeats after a kill, and what they must not do. */
#include <math.h>
#include <signal.h>

#include "record/checkpoint.h"
#include "run_outside.h"
#include "run_watch.h"

/* Options for early stopping on data of which a part is held out; no blank may stand in them. */
#define HELD "--set data.validation=0.5 --set optimizer.adam.learning_rate=0.03"
static const char *stopping(const char *parameters)
{
    return run_text(HELD " --set callbacks=[{\"early_stopping\":{%s}}]", parameters);
}

/* Column `column` (from 1) of metrics.csv in epoch `epoch` (from 1). */
static double cell(const char *dir, int epoch, int column)
{
    const char *at = run_file(dir, "metrics.csv", NULL);
    for (int i = 0; i < epoch; i++)
        at = strchr(at, '\n') + 1;
    for (int i = 1; i < column; i++)
        at = strchr(at, ',') + 1;
    return strtod(at, NULL);
}

/* The epoch after which a run stops that waits `patience` epochs, by the figures of a longer one;
 * *best is the epoch with the best figure until then. 0: it does not stop. */
static int stops_after(const char *dir, int column, bool max, double delta, int patience, int from,
                       int *best)
{
    double figure = 0;
    *best = 0;
    for (int e = from + 1, waited = 0; e <= rows(dir); e++) {
        const double now = cell(dir, e, column);
        if (*best == 0 || (max ? now - delta > figure : now + delta < figure)) {
            figure = now;
            *best = e;
            waited = 0;
        } else if (++waited >= patience) {
            return e;
        }
    }
    return 0;
}

static const char *longer(void)
{
    return run_train("longer", SMALL, "--epochs 40 " HELD);
}

START_TEST(stops_where_the_figures_say)
{
    static const struct {
        const char *parameters;
        int column, from;
        bool max;
        double delta;
        int patience;
    } cases[] = {
        {"\"patience\":3", 4, 0, false, 0, 3},
        {"\"patience\":0", 4, 0, false, 0, 0},
        {"\"patience\":2,\"monitor\":\"val_accuracy\"", 5, 0, true, 0, 2},
        {"\"patience\":2,\"monitor\":\"loss\",\"min_delta\":0.05", 2, 0, false, 0.05, 2},
        {"\"patience\":1,\"monitor\":\"loss\",\"mode\":\"max\"", 2, 0, true, 0, 1},
        {"\"patience\":1,\"monitor\":\"val_accuracy\",\"mode\":\"min\"", 5, 0, false, 0, 1},
        {"\"patience\":1,\"start_from_epoch\":4", 4, 4, false, 0, 1},
    };
    const char *whole = longer();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *dir = run_train(run_text("run%zu", i), SMALL,
                                    run_text("--epochs 40 %s", stopping(cases[i].parameters)));
        int best;
        const int epoch = stops_after(whole, cases[i].column, cases[i].max, cases[i].delta,
                                      cases[i].patience, cases[i].from, &best);
        ck_assert_int_gt(epoch, 0);
        run_says(dir, "status", "\"completed\"");
        run_says(dir, "epochs", run_text("%d", epoch));
        run_says(dir, "stopped_by", "\"early_stopping\"");
    }
}
END_TEST

/* With a baseline that is never reached, each epoch counts as one without improvement. Keras looks
 * at patience only where the figure has not improved: the first such epoch after `patience` ends
 * it. */
START_TEST(baseline)
{
    const char *whole = longer();
    double least = cell(whole, 1, 4);
    int best, epoch = 2;
    for (; epoch < 3 || cell(whole, epoch, 4) < least; epoch++)
        least = fmin(least, cell(whole, epoch, 4));
    ck_assert_int_lt(epoch, stops_after(whole, 4, false, 0, 3, 0, &best));
    const char *dir = run_train(
        "run", SMALL, run_text("--epochs 40 %s", stopping("\"patience\":3,\"baseline\":-1")));
    run_says(dir, "epochs", run_text("%d", epoch));
    run_says(dir, "stopped_by", "\"early_stopping\"");
}
END_TEST

START_TEST(gives_back_the_best_epoch)
{
    int best;
    const char *whole = longer();
    const int epoch = stops_after(whole, 4, false, 0, 2, 0, &best);
    const char *dir = run_train(
        "run", SMALL,
        run_text("--epochs 40 %s", stopping("\"patience\":2,\"restore_best_weights\":true")));
    run_says(dir, "epochs", run_text("%d", epoch));
    const char *until = run_train("until", SMALL, run_text("--epochs %d " HELD, best));
    ck_assert_str_eq(run_hash(dir), run_hash(until));
    ck_assert_double_eq(run_number(dir, "test_loss"), run_number(until, "test_loss"));
    /* The checkpoint has them, too; and a run that has stopped does not go on. */
    const run_result r = run_cnnrun(SMALL " --resume --out %s --epochs 50 %s", dir,
                                    stopping("\"patience\":2,\"restore_best_weights\":true"));
    run_exits(r, 0);
    ck_assert_ptr_nonnull(
        strstr(r.out, run_text("\nstopped after epoch %d by early_stopping: val_loss has not "
                               "improved for 2 epochs; the weights are those of epoch %d\n",
                               epoch, best)));
    ck_assert_str_eq(run_hash(dir), run_hash(until));
    run_says(dir, "epochs", run_text("%d", epoch));
}
END_TEST

/* All epochs were trained and the best weights put back; prolonged, it is as if it had been longer
 * at once. */
START_TEST(prolonged)
{
    const char *options = stopping("\"patience\":30,\"restore_best_weights\":true");
    const char *dir = run_train("run", SMALL, run_text("--epochs 7 %s", options));
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 12 --out %s %s", dir, options), 0);
    run_same(dir, run_train("whole", SMALL, run_text("--epochs 12 %s", options)));
}
END_TEST

START_TEST(killed_and_resumed)
{
    const char *folder = unit_folder(), *dir = run_text("%s/run", folder);
    const char *options = run_text("--epochs 300 --set train.checkpoint.every_steps=3 %s",
                                   stopping("\"patience\":8,\"restore_best_weights\":true"));
    for (int i = 0; i < 3; i++) {
        const run_child child =
            run_start(SMALL " --quiet --out %s %s %s", dir, options, i ? "--resume" : "");
        for (int wait = 0; wait < 40 * (i + 1) || !run_holds(dir, "checkpoint.safetensors"); wait++)
            run_pause();
        kill(child.pid, SIGKILL);
        (void)run_wait(child);
    }
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s %s", dir, options), 0);
    const char *whole = run_train("whole", SMALL, options);
    run_same(dir, whole);
    ck_assert_str_eq(run_value(dir, "stop_reason"), run_value(whole, "stop_reason"));
    run_says(whole, "stopped_by", "\"early_stopping\"");
}
END_TEST

START_TEST(findings_can_be_turned_off)
{
    const char *bad = "--set network.initializer=zeros";
    ck_assert_str_ne(run_value(run_train("on", SMALL, bad), "findings"), "[]");
    const char *off = run_train(
        "off", SMALL, run_text("%s --set callbacks=[{\"findings\":{\"enabled\":false}}]", bad));
    run_says(off, "findings", "[]");
    ck_assert_str_eq(run_hash(off), run_hash(run_text("%s/on", unit_folder_path)));
}
END_TEST

/* The file of tests/outside/weight_histogram.c is that of a run that nobody killed. */
START_TEST(a_file_outlives_a_kill)
{
    const char *folder = unit_folder(), *dir = run_text("%s/run", folder);
    run_compile("weight_histogram", "-Iinclude", folder);
    const char *options = run_text("--plugin-path %s --epochs 100 --set "
                                   "callbacks=[{\"weight_histogram\":{\"interval\":7}}] --set "
                                   "train.checkpoint.every_steps=5",
                                   folder);
    for (int i = 0; i < 2; i++) {
        const run_child child =
            run_start(SMALL " --quiet --out %s %s %s", dir, options, i ? "--resume" : "");
        for (int wait = 0; wait < 60 || !run_holds(dir, "checkpoint.safetensors"); wait++)
            run_pause();
        kill(child.pid, SIGKILL);
        (void)run_wait(child);
    }
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s %s", dir, options), 0);
    const char *whole = run_train("whole", SMALL, options);
    run_same(dir, whole);
    ck_assert_str_eq(run_file(dir, "histograms.csv", NULL),
                     run_file(whole, "histograms.csv", NULL));
    ck_assert_ptr_nonnull(
        strstr(run_file(whole, "histograms.csv", NULL), "\n497,conv2d/kernel,weight,"));
}
END_TEST

/* Trains with tests/outside/epoch_notes.c for two epochs; *options are those, without the epochs.
 */
static const char *noted(const char **options)
{
    const char *folder = unit_folder();
    run_compile("epoch_notes", "-Iinclude", folder);
    *options = run_text("--plugin-path %s --set callbacks=[\"epoch_notes\"]", folder);
    return run_train("run", SMALL, run_text("--epochs 2 %s", *options));
}

START_TEST(findings_outlive_a_resume)
{
    const char *options, *dir = noted(&options);
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s %s", dir, options), 0);
    const char *whole = run_train("whole", SMALL, run_text("--epochs 4 %s", options));
    ck_assert_str_eq(run_value(dir, "findings"), run_value(whole, "findings"));
    ck_assert_str_eq(run_value(dir, "finding_codes"), run_value(whole, "finding_codes"));
    ck_assert_ptr_nonnull(strstr(run_value(whole, "findings"), "epoch 1"));
}
END_TEST

/* Resumes a run of noted() after the command, which changes its notes; there is a warning, and the
 * notes are `expected` at the end. */
static void changed_notes(const char *command, const char *warning, const char *expected)
{
    const char *options, *dir = noted(&options);
    run_shell(run_text("cd %s && %s", dir, command));
    const run_result r = run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s %s", dir, options);
    run_exits(r, 0);
    says(r.err, warning);
    ck_assert_str_eq(run_file(dir, "notes.txt", NULL), expected);
}

START_TEST(a_deleted_file_begins_anew)
{
    changed_notes("rm notes.txt", "/notes.txt: the file is gone; it begins anew",
                  "epoch 3\nepoch 4\n");
}
END_TEST

START_TEST(a_file_that_was_cut_goes_on)
{
    changed_notes("printf 'mine\\n' >notes.txt",
                  "/notes.txt: has 5 bytes, but the run had written 16",
                  "mine\nepoch 3\nepoch 4\n");
}
END_TEST

/* A checkpoint that somebody has made may name any file, of which none is touched. */
START_TEST(files_in_a_checkpoint_are_checked)
{
    static const char *const noted_as[] = {
        "{\"../v.t\":3}",
        "{\"/tmp/v.t\":3}",
        "{\"metrics.csv\":3}",
        "{\"notes.txt\":-1}",
        "{\"notes.txt\":\"3\"}",
        "[3]",
        "{",
        "",
    };
    const char *options, *dir = noted(&options), *folder = unit_folder_path;
    run_shell(run_text("printf abcdef >%s/v.t; cp -r %s %s/sound", folder, dir, folder));
    for (size_t i = 0; i < sizeof noted_as / sizeof noted_as[0]; i++) {
        cnn_report report = {0};
        cnn_checkpoint checkpoint;
        bool found, changed = false;
        run_shell(run_text("rm -r %s; cp -r %s/sound %s", dir, folder, dir));
        ck_assert(cnn_checkpoint_read(&checkpoint, dir, &found, &report) && found);
        for (size_t m = 0; m < checkpoint.metadata_count; m++)
            if (strcmp(checkpoint.keys[m], "callback_files") == 0) {
                ck_assert_str_eq(checkpoint.values[m], "{\"notes.txt\":16}");
                free(checkpoint.values[m]);
                checkpoint.values[m] = strdup(noted_as[i]);
                changed = true;
            }
        run_shell(run_text("rm %s/checkpoint.*", dir));
        ck_assert(changed && cnn_checkpoint_write(&checkpoint, dir, 1, &report));
        cnn_checkpoint_free(&checkpoint);
        const run_result r =
            run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s %s", dir, options);
        run_exits(r, 7);
        says(r.err, "checkpoint.safetensors: the files of callbacks that it notes are not right");
        ck_assert_str_eq(run_file(folder, "v.t", NULL), "abcdef");
        cnn_report_free(&report);
    }
}
END_TEST

/* Options for tests/outside/does_as_told.c, compiled into the test's folder. */
static const char *told(const char *act, const char *text)
{
    if (strstr(unit_folder_path, "XXXXXX"))
        unit_folder();
    if (!run_holds(unit_folder_path, "does_as_told.so"))
        run_compile("does_as_told", "-Iinclude", unit_folder_path);
    return run_text("--plugin-path %s --set train.checkpoint.every_steps=3 --set "
                    "callbacks=[{\"does_as_told\":{\"act\":\"%s\",\"text\":\"%s\"}}]",
                    unit_folder_path, act, text);
}

/* Trains for four epochs of 5 steps, of which a process that is killed after step 9 has the first,
 * and the one that resumes it the rest. */
static const char *killed_after_9(const char *options)
{
    const char *dir = run_text("%s/run", unit_folder_path);
    setenv("KILL_AFTER_STEP", "9", 1);
    const run_result r = run_cnnrun(SMALL " --quiet --out %s --epochs 4 %s", dir, options);
    ck_assert_int_eq(r.code, -SIGKILL);
    unsetenv("KILL_AFTER_STEP");
    return dir;
}

static void resume(const char *dir, const char *options)
{
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s --epochs 4 %s", dir, options), 0);
}

START_TEST(the_rate_is_scaled)
{
    const char *options = told("scale", "none");
    const char *whole = run_train("whole", SMALL, run_text("--epochs 4 %s", options));
    ck_assert_double_eq_tol(cell(whole, 1, 6), 0.005, 1e-9);
    for (int e = 2; e <= 4; e++)
        ck_assert_double_eq_tol(cell(whole, e, 6), 0.0025, 1e-9);
    const char *plain = run_train("plain", SMALL, "--epochs 4");
    ck_assert_double_eq_tol(cell(plain, 4, 6), 0.01, 1e-9);
    ck_assert_str_ne(run_hash(whole), run_hash(plain));
    const char *dir = killed_after_9(options);
    resume(dir, options);
    run_same(dir, whole);
}
END_TEST

/* Ten outputs that are all the same have a cross entropy of ln 10. */
START_TEST(validation_uses_other_weights)
{
    const char *dir = run_train("run", SMALL, told("validate", "none")),
               *plain = run_train("plain", SMALL, "");
    ck_assert_double_eq_tol(cell(dir, 1, 4), log(10), 1e-6);
    ck_assert_double_gt(fabs(cell(plain, 1, 4) - log(10)), 1e-3);
    ck_assert_double_eq(cell(dir, 2, 4), cell(plain, 2, 4));
    ck_assert_double_eq(cell(dir, 2, 2), cell(plain, 2, 2));
    ck_assert_str_eq(run_hash(dir), run_hash(plain));
}
END_TEST

START_TEST(mistakes_are_found)
{
    const char *dir = run_train("run", SMALL, told("mistakes", "none"));
    const char *at = run_file(dir, "mistakes.txt", NULL);
    for (int e = 1; e <= 2; e++) {
        ck_assert_double_eq_tol(strtod(at, NULL), 60 * (1 - cell(dir, e, 5)), 1e-3);
        at = strchr(at, '\n') + 1;
    }
    ck_assert_str_eq(at, "");
}
END_TEST

/* It changes nothing, either. */
START_TEST(a_probe_of_several_batches)
{
    ck_assert_str_eq(run_hash(run_train("run", SMALL, told("probe", "none"))),
                     run_hash(run_train("plain", SMALL, "")));
}
END_TEST

START_TEST(stops_within_an_epoch)
{
    const char *options = told("stop", "none"), *dir = run_text("%s/run", unit_folder_path);
    for (int i = 0; i < 2; i++) { /* a run that was stopped does not go on */
        const run_result r = run_cnnrun(SMALL " --out %s %s %s", dir, options, i ? "--resume" : "");
        run_exits(r, 0);
        says(r.out, "\nstopped in epoch 2, step 2 by does_as_told: it was told to\n");
        run_says(dir, "status", "\"completed\"");
        run_says(dir, "epochs", "1");
        run_says(dir, "stopped_by", "\"does_as_told\"");
        run_says(dir, "stop_reason", "\"it was told to\"");
        ck_assert_int_eq(rows(dir), 1);
    }
}
END_TEST

START_TEST(files_are_written_into_the_folder_only)
{
    static const char *const refused[] = {
        "../out.txt",  "/tmp/out.txt", "a/../out.txt", "a/b/out.txt",    "a//out.txt",
        ".hidden",     "..",           "a/",           "metrics.csv",    "checkpoint.safetensors",
        "plots/a.txt", "summary.json", "out.txt.tmp",  "out\\u0001.txt", "pipeline.yaml",
    };
    const char *dir = run_train("plain", SMALL, told("write", "out.txt"));
    ck_assert_str_eq(run_file(dir, "out.txt", NULL), "abc");
    dir = run_train("in_folder", SMALL, told("write", "some/out.txt"));
    ck_assert_str_eq(run_file(dir, "some/out.txt", NULL), "abc");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const char *options = told("write", refused[i]);
        const run_result r =
            run_cnnrun(SMALL " --quiet --out %s/run%zu %s", unit_folder_path, i, options);
        run_exits(r, 5);
        says(r.err, "it must be a plain name or folder/name");
        ck_assert(!run_holds(run_text("%s/run%zu", unit_folder_path, i), "a"));
        ck_assert(!run_holds(unit_folder_path, "out.txt") && !run_holds("/tmp", "out.txt"));
    }
}
END_TEST

/* The process that is killed after step 9 has noted nine steps, and has a checkpoint of step 8. */
START_TEST(a_resumed_file_has_no_line_twice)
{
    const char *options = told("note", "none"), *dir = killed_after_9(options);
    ck_assert_ptr_nonnull(strstr(run_file(dir, "steps.txt", NULL), "step 9\n"));
    resume(dir, options);
    const char *whole = run_train("whole", SMALL, run_text("--epochs 4 %s", options));
    ck_assert_str_eq(run_file(dir, "steps.txt", NULL), run_file(whole, "steps.txt", NULL));
    ck_assert_ptr_nonnull(strstr(run_file(whole, "steps.txt", NULL), "step 20\n"));
}
END_TEST

START_TEST(interrupted_while_a_callback_works)
{
    const char *options = told("rest", "none"), *dir = run_text("%s/run", unit_folder_path);
    const run_child child = run_start(SMALL " --quiet --out %s --epochs 4 %s", dir, options);
    await(child, dir, "resting", 0);
    kill(child.pid, SIGINT);
    run_exits(run_wait(child), 128 + SIGINT);
    run_says(dir, "status", "\"interrupted\"");
    run_says(dir, "epochs", "1");
    resume(dir, options);
    run_same(dir, run_train("whole", SMALL, "--epochs 4"));
}
END_TEST

/* Numbers that are out of range are a fault of the callback, and no crash. */
START_TEST(wrong_numbers_are_named)
{
    static const struct {
        const char *act, *text, *fault;
    } cases[] = {
        {"wrong", "weights", "it called weights() for tensor 6 of 6; numbers begin at 0"},
        {"wrong", "gradients", "it called gradients() for tensor 18446744073709551615 of 6"},
        {"wrong", "initial", "it called initial() for tensor 6 of 6"},
        {"wrong", "probe_gradients", "it called probe_gradients() for tensor 6 of 6"},
        {"wrong", "validate_with", "it called validate_with() for tensor 6 of 6"},
        {"wrong_epoch", "label", "it called label() for sample 60 of 60"},
        {"wrong_epoch", "label_of_none", "it called label() for data set 2 of 2"},
        {"wrong_epoch", "probe", "it called probe() for sample 200 of 200"},
        {"wrong_epoch", "probe_of_none", "it called probe() without samples"},
        {"wrong_plan", "none", "it called label() for sample 200 of 200"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *options = told(cases[i].act, cases[i].text);
        const run_result r =
            run_cnnrun(SMALL " --quiet --out %s/run%zu %s", unit_folder_path, i, options);
        run_exits(r, 5);
        says(r.err, "callback 'does_as_told' (");
        says(r.err, run_text(") breaks its contract: %s", cases[i].fault));
    }
}
END_TEST

/* No change is as large as min_delta: the first figure stays the best. Two validations later the
 * rate falls; the next one does not count; the last time the rate is held at min_lr. Also when the
 * run is resumed within an epoch. */
START_TEST(the_rate_falls_on_a_plateau)
{
    static const double rates[] = {0.01, 0.01, 0.01, 0.005, 0.005, 0.003, 0.003, 0.003};
    const char *options =
        HELD " --set optimizer.adam.learning_rate=0.01 "
             "--set callbacks=[{\"reduce_lr_on_plateau\":{\"patience\":2,\"cooldown\":1,"
             "\"factor\":0.5,\"min_delta\":1000,\"min_lr\":0.003}}]";
    const char *whole = run_train("whole", SMALL, run_text("--epochs 8 %s", options));
    const int column = 6;
    for (int e = 1; e <= 8; e++)
        ck_assert_double_eq_tol(cell(whole, e, column), rates[e - 1], 1e-15);
    const char *parts = run_train("parts", SMALL, run_text("--epochs 4 %s", options));
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s --epochs 8 %s", parts, options), 0);
    run_same(whole, parts);
    const run_result r = run_cnnrun(SMALL " --dry-run --set callbacks=[reduce_lr_on_plateau]");
    run_exits(r, 3);
    says(r.err, "there is no data.validation; to choose rates by the test data");
}
END_TEST

UNIT_MAIN("callback", the_rate_falls_on_a_plateau, stops_where_the_figures_say, baseline,
          gives_back_the_best_epoch, prolonged, killed_and_resumed, findings_can_be_turned_off,
          a_file_outlives_a_kill, findings_outlive_a_resume, a_deleted_file_begins_anew,
          a_file_that_was_cut_goes_on, files_in_a_checkpoint_are_checked, the_rate_is_scaled,
          validation_uses_other_weights, mistakes_are_found, a_probe_of_several_batches,
          stops_within_an_epoch, files_are_written_into_the_folder_only,
          a_resumed_file_has_no_line_twice, interrupted_while_a_callback_works,
          wrong_numbers_are_named)
