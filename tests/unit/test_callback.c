/* test_callback.c - callbacks: early stopping at the epoch that metrics.csv says, with the bits of
 * the best epoch, also when the run was killed; findings turned off; a callback from outside whose
 * file outlives a kill. */
#include <math.h>
#include <signal.h>

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
                               "improved for 2 epochs\n",
                               epoch)));
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

/* A file that was added to and is gone is not made anew, empty. */
START_TEST(a_deleted_file_is_named)
{
    const char *options, *dir = noted(&options);
    run_shell(run_text("rm %s/notes.txt", dir));
    const run_result r = run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s %s", dir, options);
    run_exits(r, 7);
    ck_assert_ptr_nonnull(strstr(r.err, "/notes.txt: cannot be written: No such file"));
    ck_assert(!run_holds(dir, "notes.txt"));
}
END_TEST

UNIT_MAIN("callback", stops_where_the_figures_say, baseline, gives_back_the_best_epoch, prolonged,
          killed_and_resumed, findings_can_be_turned_off, a_file_outlives_a_kill,
          findings_outlive_a_resume, a_deleted_file_is_named)
