/* test_steps.c - trainings of N steps and validations within epochs: their rows, the bits of those
 * that were killed or prolonged, checkpoints of before, and what replaces epochs by steps. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "record/checkpoint.h"
#include "run_outside.h"
#include "run_watch.h"

/* small.yaml has 5 steps an epoch. */
#define CUT "--set train.steps=13 --set train.validate_every=2"

/* The first and the last column of metrics.csv: "1:5 2:10 ". */
static const char *places(const char *dir)
{
    const char *text = "";
    for (char *line = strchr(run_file(dir, "metrics.csv", NULL), '\n') + 1; *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        text = run_text("%s%.*s:%s ", text, (int)strcspn(line, ","), line, strrchr(line, ',') + 1);
        line = end + 1;
    }
    return text;
}

START_TEST(a_row_ends_each_epoch_and_the_cut_one)
{
    const char *dir = run_train("run", SMALL, "--set train.steps=13");
    ck_assert_str_eq(places(dir), "1:5 2:10 2.6:13 ");
    ck_assert_double_eq(run_number(dir, "epochs"), 2.6);
    run_says(dir, "steps", "13");
    const char *whole = run_train("whole", SMALL, "--set train.steps=10");
    run_says(whole, "epochs", "2");
    const char *epochs = run_train("epochs", SMALL, "--epochs 2");
    ck_assert_str_eq(run_hash(whole), run_hash(epochs));
    ck_assert_ptr_null(strstr(run_file(epochs, "metrics.csv", NULL), "step"));
    ck_assert_ptr_null(strstr(run_file(epochs, "summary.json", NULL), "\"steps\""));
}
END_TEST

/* They change nothing of the training. */
START_TEST(rows_within_epochs)
{
    const char *dir = run_train("run", SMALL, CUT);
    ck_assert_str_eq(places(dir), "0.4:2 0.8:4 1:5 1.2:6 1.6:8 2:10 2.4:12 2.6:13 ");
    ck_assert_str_eq(run_hash(dir), run_hash(run_train("rare", SMALL, "--set train.steps=13")));
    const run_result r = run_cnnrun(SMALL " " CUT " --out %s/told", unit_folder_path);
    says(r.out, "\nepoch  1/3, step 4  loss ");
    says(r.out, "\nepoch  2/3  loss ");
    says(r.out, "\nepoch  3/3, step 13  loss ");
}
END_TEST

START_TEST(killed_after_each_step)
{
    unit_folder();
    run_compile("does_as_told", "-Iinclude", unit_folder_path);
    const char *options = run_text(
        CUT " --plugin-path %s --set data.validation=0.5 --set train.batch_size=24 --set "
            "callbacks=[{\"early_stopping\":{\"patience\":7,\"restore_best_weights\":true}},{"
            "\"does_as_told\":{\"act\":\"none\",\"text\":\"none\"}}]",
        unit_folder_path);
    const char *whole = run_train("whole", SMALL, options);
    for (int step = 1; step <= 13; step++) {
        const char *dir = run_text("%s/run%d", unit_folder_path, step);
        const char *every = run_text("--set train.checkpoint.every_steps=%d", 1 + step % 3);
        setenv("KILL_AFTER_STEP", run_text("%d", step), 1);
        run_exits(run_cnnrun(SMALL " --quiet --out %s %s %s", dir, options, every), -SIGKILL);
        unsetenv("KILL_AFTER_STEP");
        run_exits(run_cnnrun(SMALL " --quiet --resume --out %s %s", dir, options), 0);
        run_same(dir, whole);
    }
}
END_TEST

/* The row of the cut epoch stays where it was measured. */
START_TEST(prolonged)
{
    const char *dir = run_train("run", SMALL, "--set train.steps=7");
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s --set train.steps=13", dir), 0);
    ck_assert_str_eq(places(dir), "1:5 1.4:7 2:10 2.6:13 ");
    ck_assert_str_eq(run_hash(dir), run_hash(run_train("whole", SMALL, "--set train.steps=13")));
    const run_result r = run_cnnrun(SMALL " --quiet --resume --out %s --set train.steps=12", dir);
    run_exits(r, 3);
    says(r.err, "the run has taken step 13, but train.steps is 12; a run cannot go back, so it "
                "must be 13 or more");
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s --epochs 3", dir), 0);
    ck_assert_str_eq(run_hash(dir), run_hash(run_train("epochs", SMALL, "--epochs 3")));
    ck_assert_str_eq(places(dir), "1:5 1.4:7 2:10 2.6:13 3:15 ");
}
END_TEST

/* A run is not resumed from a checkpoint of another form; it is still evaluated. */
START_TEST(checkpoints_of_before)
{
    const char *dir = run_train("run", SMALL, "--epochs 2");
    char *path = cnn_checkpoint_path(dir, 0);
    cnn_report report = {0};
    cnn_checkpoint c = {0};
    ck_assert(cnn_checkpoint_read_file(&c, path, &report));
    for (size_t i = 0; i < c.metadata_count; i++)
        if (strcmp(c.keys[i], "format") == 0)
            strcpy(c.values[i], "cnnrun 1");
    ck_assert(cnn_checkpoint_write(&c, dir, 1, &report));
    cnn_checkpoint_free(&c);
    free(path);
    const run_result r = run_cnnrun(SMALL " --quiet --resume --out %s --epochs 4", dir);
    run_exits(r, 7);
    says(r.err, "its format is 'cnnrun 1', and this cnnrun goes on from 'cnnrun 2' alone");
    run_exits(run_cnnrun("evaluate %s", dir), 0);
}
END_TEST

/* On the command line and in the runs of an experiment. */
START_TEST(one_replaces_the_other)
{
    says(run_cnnrun(SMALL " --dry-run --set train.steps=7").out, "\ntrain:\n  steps: 7\n  batch");
    says(run_cnnrun(SMALL " --dry-run --set train.steps=7 --epochs 3").out,
         "\ntrain:\n  epochs: 3\n  batch");
    says(run_cnnrun(SMALL " --dry-run --set train.steps=null").out, "\ntrain:\n  epochs: 2\n");
    const char *path = run_text("%s/e.yaml", unit_folder());
    FILE *file = fopen(path, "w");
    char here[4096];
    fprintf(file,
            "base: %s/" SMALL
            "\nruns:\n  cut: {train.steps: 7}\n  all: {train: {steps: 3, batch_size: 48}}\n",
            getcwd(here, sizeof here));
    fclose(file);
    run_result r = run_cnnrun("%s --dry-run", path);
    says(r.out, "cut                  seed 1, 7 steps, ");
    r = run_cnnrun("%s --dry-run --epochs 1", path);
    says(r.out, "cut                  seed 1, 1 epoch, ");
    says(r.out, "all                  seed 1, 1 epoch, ");
    const char *dir = run_text("%s/e", unit_folder_path);
    r = run_cnnrun("%s --out %s", path, dir);
    run_exits(r, 0);
    says(run_file(dir, "results.csv", NULL), "\ncut,1,completed,1.4,");
    says(run_file(run_text("%s/cut", dir), "report.html", NULL),
         "<th scope=\"row\">1.40</th><td>7");
}
END_TEST

UNIT_MAIN("steps", a_row_ends_each_epoch_and_the_cut_one, rows_within_epochs,
          killed_after_each_step, prolonged, checkpoints_of_before, one_replaces_the_other)
