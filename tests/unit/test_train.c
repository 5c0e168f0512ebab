/* test_train.c - trainings from the command line to the run folder: the same bits, the right files.
 */
#include <math.h>
#include <sys/stat.h>

#include "run_folder.h"

/* ---- the same bits -------------------------------------------------------------------------- */

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    const char *one = run_train("one", SMALL, "--threads 1");
    run_same(one, run_train("two", SMALL, "--threads 2"));
    run_same(one, run_train("three", SMALL, "--threads 3"));
    run_same(one, run_train("four", SMALL, "--set train.threads=4"));
    run_says(one, "threads", "1");
    run_says(run_text("%s/four", unit_folder_path), "threads", "4");
    const char *other = run_train("other", SMALL, "--seed 2");
    ck_assert_str_ne(run_hash(one), run_hash(other));
}
END_TEST

START_TEST(the_runs_own_pipeline_gives_the_same_bits)
{
    const char *run = run_train("run", SMALL, "--seed 9 --set network.initializer=he_normal");
    const char *again = run_train("again", run_text("%s/pipeline.yaml", run), "");
    run_same(run, again);
    ck_assert_str_eq(run_file(run, "pipeline.yaml", NULL), run_file(again, "pipeline.yaml", NULL));
}
END_TEST

/* Every sample's loss begins above the clip, so that the value differs while the gradient does not.
 */
START_TEST(straight_through_trains_as_cross_entropy_does)
{
    const char *plain = run_train("plain", SMALL, "");
    const char *clipped = run_train("clipped", SMALL, "--set loss=clipped_crossentropy");
    const char *exact = run_train("exact", SMALL, "--set loss.clipped_crossentropy.gradient=exact");
    ck_assert_str_eq(run_hash(plain), run_hash(clipped));
    ck_assert_double_gt(run_number(plain, "loss"), 1);
    ck_assert_double_le(run_number(clipped, "loss"), 1);
    ck_assert_str_ne(run_hash(plain), run_hash(exact));
}
END_TEST

/* The form of the kernel that a layer prepares is today's in each step, in evaluations, and when
 * the run is opened again: else the two would part at once, or a run from its own evaluation. */
START_TEST(winograd_trains_as_direct_does)
{
    const char *winograd = run_train("winograd", SMALL, "");
    const char *direct =
        run_train("direct", SMALL, "--set network.layers.0.conv2d.algorithm=direct");
    ck_assert_str_ne(run_hash(winograd), run_hash(direct));
    ck_assert_double_eq_tol(run_number(winograd, "loss"), run_number(direct, "loss"), 1e-4);
    ck_assert_double_eq_tol(run_number(winograd, "test_loss"), run_number(direct, "test_loss"),
                            1e-4);
    const run_result r = run_cnnrun("evaluate %s --json", winograd);
    run_exits(r, 0);
    ck_assert_ptr_nonnull(
        strstr(r.out, run_text("\"loss\": %.17g", run_number(winograd, "test_loss"))));
}
END_TEST

/* ---- options -------------------------------------------------------------------------------- */

/* Layers done by the one before them, and the same layers left apart by what changes nothing here:
 * conv2d declines max_pooling2d with padding same. */
START_TEST(absorbed_layers_train_as_apart)
{
    for (int direct = 0; direct < 2; direct++) {
        const char *algorithm = direct ? "direct" : "winograd";
        const char *set =
            run_text("--set network.layers.0.conv2d.algorithm=%s --threads 2", algorithm);
        const char *both = run_train(run_text("both-%s", algorithm), SMALL, set);
        const char *apart =
            run_train(run_text("apart-%s", algorithm), SMALL,
                      run_text("%s --set network.layers.1.max_pooling2d.padding=same", set));
        ck_assert_str_eq(run_hash(both), run_hash(apart));
        ck_assert(run_number(both, "test_loss") == run_number(apart, "test_loss"));
    }
    const run_result r = run_cnnrun(SMALL " --dry-run");
    run_exits(r, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "\nconv2d + relu + max_pooling2d "));
}
END_TEST

START_TEST(options_come_in_their_order)
{
    const char *run =
        run_train("run", SMALL,
                  "--epochs 2 --seed 4 --set train.epochs=3 --set seed=5 --set name=first "
                  "--set name=second --epochs 1");
    run_says(run, "epochs", "1");
    run_says(run, "seed", "4");
    const char *pipeline = run_file(run, "pipeline.yaml", NULL);
    ck_assert_ptr_eq(strstr(pipeline, "name: second\n"), pipeline);
    ck_assert_ptr_nonnull(strstr(pipeline, "train:\n  epochs: 1\n  batch_size: 48\n"));
}
END_TEST

START_TEST(set_reaches_layers_and_replaces_plugins)
{
    const char *run =
        run_train("run", SMALL,
                  "--set network.layers.4.dense.units=8 --set optimizer.sgd.momentum=0.5 "
                  "--set data.train.synthetic_digits.limit=100 --set metrics.1=hinge");
    const char *pipeline = run_file(run, "pipeline.yaml", NULL);
    ck_assert_ptr_nonnull(strstr(pipeline, "units: 8\n"));
    ck_assert_ptr_nonnull(strstr(pipeline, "sgd: {learning_rate: 0.01, momentum: 0.5,"));
    ck_assert_ptr_nonnull(strstr(pipeline, "noise: 0.2, limit: 100}"));
    ck_assert_ptr_nonnull(strstr(pipeline, "metrics: [accuracy, hinge]"));
    run_says(run, "parameters", "938"); /* 40 + 100 * 8 + 8 + 8 * 10 + 10 */
}
END_TEST

/* ---- the folder ----------------------------------------------------------------------------- */

START_TEST(a_run_leaves_just_its_files)
{
    static const char *const keys[] = {"status",
                                       "epochs",
                                       "best_epoch",
                                       "seed",
                                       "threads",
                                       "parameters",
                                       "loss",
                                       "accuracy",
                                       "test_loss",
                                       "test_accuracy",
                                       "images_per_second",
                                       "wall_seconds",
                                       "peak_rss_bytes",
                                       "weights_sha256",
                                       "findings",
                                       "finding_codes"};
    const char *run = run_train("run", SMALL, "");
    ck_assert_str_eq(run_listing(run),
                     "checkpoint.previous.safetensors checkpoint.safetensors metrics.csv "
                     "pipeline.yaml plots report.html summary.json ");
    json_t *summary = run_summary(run);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        ck_assert_msg(json_object_get(summary, keys[i]) != NULL, "summary.json has no '%s'",
                      keys[i]);
    run_says(run, "status", "\"completed\"");
    run_says(run, "findings", "[]");
    run_says(run, "finding_codes", "[]");
    const json_t *plugin, *plugins = json_object_get(summary, "plugins");
    size_t i;
    ck_assert_uint_ge(json_array_size(plugins), 10);
    json_array_foreach (plugins, i, plugin) {
        ck_assert_int_eq(access(json_string_value(json_object_get(plugin, "file")), R_OK), 0);
        ck_assert_uint_eq(json_string_length(json_object_get(plugin, "sha256")), 64);
    }
    json_decref(summary);
}
END_TEST

START_TEST(metrics_hold_a_row_an_epoch)
{
    const char *run = run_train("run", SMALL,
                                "--epochs 3 --set loss=mean_squared_error --set metrics.1=hinge "
                                "--set metrics.0=mean_squared_error");
    char *text = run_file(run, "metrics.csv", NULL), *line = strtok(text, "\n");
    ck_assert_str_eq(
        line, "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds,images_per_second,"
              "mean_squared_error,val_mean_squared_error,hinge,val_hinge");
    double at[12] = {0};
    int rows = 0;
    for (; (line = strtok(NULL, "\n")) != NULL; rows++) {
        for (size_t i = 0; i < 12; i++, line += *line == ',')
            at[i] = strtod(line, &line);
        ck_assert_str_eq(line, "");
        ck_assert_double_eq(at[0], rows + 1);
        ck_assert_double_eq(at[5], 0.01);
        ck_assert(at[6] > 0 && at[7] > 0);
        ck_assert(at[1] == at[8] && at[3] == at[9]); /* the loss as a metric of itself */
        ck_assert(at[10] > 0 && at[11] > 0);
    }
    ck_assert_int_eq(rows, 3);
    ck_assert_double_eq(at[1], run_number(run, "loss"));
    ck_assert_double_eq(at[2], run_number(run, "accuracy"));
    ck_assert_double_eq(at[3], run_number(run, "test_loss")); /* without validation data */
    ck_assert_double_eq(at[4], run_number(run, "test_accuracy"));
}
END_TEST

/* Each run has a folder of its own; one that is there is never touched. */
START_TEST(runs_are_numbered)
{
    char pipeline[4096];
    ck_assert_ptr_nonnull(getcwd(pipeline, sizeof pipeline - 64));
    strcat(pipeline, "/" SMALL);
    (void)run_program();
    ck_assert_int_eq(chdir(unit_folder()), 0);
    for (int i = 0; i < 2; i++)
        run_exits(run_cnnrun("%s --epochs 1 --quiet", pipeline), 0);
    ck_assert_int_eq(mkdir("runs/small-003", 0777), 0);
    run_exits(run_cnnrun("%s --epochs 1 --quiet", pipeline), 0);
    run_exits(run_cnnrun("%s --epochs 1 --quiet --set name=other", pipeline), 0);
    ck_assert_str_eq(run_listing("runs"), "other-001 small-001 small-002 small-003 small-004 ");
    const char *before = run_file("runs/small-001", "summary.json", NULL);
    const run_result r = run_cnnrun("%s --epochs 1 --out runs/small-001", pipeline);
    run_exits(r, 7);
    ck_assert_str_eq(
        r.err, "cnnrun: runs/small-001: a run is already there; choose another folder, or go on "
               "with it by --resume\n");
    ck_assert_str_eq(before, run_file("runs/small-001", "summary.json", NULL));
    run_same("runs/small-001", "runs/small-004");
}
END_TEST

/* ---- what is printed ------------------------------------------------------------------------ */

static void plain(const char *text)
{
    for (const char *at = text; *at; at++)
        ck_assert_msg((unsigned char)*at >= ' ' || *at == '\n', "character %d in:\n%s", *at, text);
}

START_TEST(prints_a_line_an_epoch_where_no_terminal_is)
{
    setenv("TERM", "xterm", 1);
    const char *dir = unit_folder();
    run_result r = run_cnnrun(SMALL " --epochs 3 --threads 2 --out %s/a", dir);
    run_exits(r, 0);
    plain(r.out);
    ck_assert_str_eq(r.err, "");
    const char *epoch = r.out;
    for (int i = 1; i <= 3; i++) {
        epoch = strstr(epoch, run_text("\nepoch  %d/3  loss ", i));
        ck_assert_msg(epoch != NULL, "%s", r.out);
        epoch++;
    }
    const char *end = run_text("\ntest_loss %.4f  test_accuracy %.4f  %s/a\n",
                               run_number(run_text("%s/a", dir), "test_loss"),
                               run_number(run_text("%s/a", dir), "test_accuracy"), dir);
    ck_assert_msg(strstr(epoch, end) != NULL, "%s%s", r.out, end);
    r = run_cnnrun(SMALL " --epochs 1 --quiet --out %s/b", dir);
    run_exits(r, 0);
    ck_assert_str_eq(r.out, "");
    ck_assert_str_eq(r.err, "");
}
END_TEST

/* script(1) gives the program a terminal. */
static const char *on_terminal(const char *term, const char *name)
{
    const char *command =
        run_text("TERM=%s script -qec '%s " SMALL " --epochs 1 --out %s/%s' /dev/null", term,
                 run_program(), unit_folder_path, name);
    const run_result r = run_wait(run_spawn("/bin/sh", (const char *const[]){"-c", command, NULL}));
    run_exits(r, 0);
    return r.out;
}

START_TEST(draws_a_bar_on_a_terminal)
{
    unit_folder();
    const char *bar = on_terminal("xterm", "bar");
    ck_assert_msg(strstr(bar, "\repoch 1/1 [") && strstr(bar, "ETA 0:0"), "%s", bar);
    /* The bar is gone, the lines stay. */
    ck_assert_msg(strstr(bar, "\r\x1b[Kepoch  1/1  loss ") && strstr(bar, "test_accuracy"), "%s",
                  bar);
    const char *dumb = on_terminal("dumb", "dumb");
    ck_assert_msg(!strchr(dumb, '\x1b') && strstr(dumb, "epoch  1/1  loss "), "%s", dumb);
}
END_TEST

START_TEST(warns_of_a_loss_that_does_not_fit_the_last_layer)
{
    const run_result r = run_cnnrun(
        SMALL " --quiet --epochs 1 --out %s/a --set loss.categorical_crossentropy.from_logits=true",
        unit_folder());
    run_exits(r, 0);
    ck_assert_msg(strstr(r.err, "cnnrun: warning: ") == r.err && strstr(r.err, "takes logits"),
                  "%s", r.err);
}
END_TEST

/* ---- splits --------------------------------------------------------------------------------- */

START_TEST(validation_is_cut_from_the_training_data)
{
    const char *cut = run_train("cut", SMALL, "--set data.validation=0.25");
    const char *limited =
        run_train("limited", SMALL, "--set data.train.synthetic_digits.limit=150");
    ck_assert_str_eq(run_hash(cut), run_hash(limited));
    ck_assert_double_ne(run_number(cut, "val_loss"), run_number(cut, "test_loss"));
    ck_assert_double_eq(run_number(limited, "val_loss"), run_number(limited, "test_loss"));
    const char *own = run_train("own", SMALL,
                                "--set data.validation.synthetic_digits.samples=40 "
                                "--set data.validation.synthetic_digits.size=12");
    ck_assert_double_ne(run_number(own, "val_loss"), run_number(own, "test_loss"));
    const run_result r = run_cnnrun("evaluate --json --data validation %s", own);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "samples")), 40);
    ck_assert_double_eq(json_real_value(json_object_get(root, "loss")),
                        run_number(own, "val_loss"));
    json_decref(root);
}
END_TEST

START_TEST(trains_without_test_data)
{
    const char *run = run_train("run", SMALL, "--set data.test=null --set data.validation=0.5");
    run_says(run, "test_loss", "null");
    run_says(run, "confusion_matrix", "null");
    ck_assert_double_gt(run_number(run, "val_loss"), 0);
}
END_TEST

/* With a rate of 0 nothing ever improves: it stops after the first epoch and `patience` more. */
START_TEST(stops_early)
{
    const char *run =
        run_train("run", SMALL,
                  "--epochs 50 --set optimizer.sgd.learning_rate=0 --set data.validation=0.5 "
                  "--set callbacks=[{\"early_stopping\":{\"patience\":3}}]");
    run_says(run, "status", "\"completed\"");
    run_says(run, "epochs", "4");
    run_says(run, "best_epoch", "1");
    const char *again = run_text("%s/pipeline.yaml --quiet --resume --out %s", run, run);
    run_exits(run_cnnrun("%s", again), 0);
    run_says(run, "epochs", "4");
}
END_TEST

/* A path counts from the current folder, and is saved absolute; $CNNRUN_DATA is looked in after it.
 */
START_TEST(finds_files_and_remembers_where)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    const char *idx =
        "--epochs 1 --set network.layers.0=linear --set network.layers.1=linear "
        "--set data.test.idx.path=tests/data/good/raw --set data.test.idx.split=train";
    const char *near = run_train(
        "near", SMALL, run_text("%s --set data.train.idx.path=tests/data/good/gzip", idx));
    setenv("CNNRUN_DATA", run_text("%s/tests/data/good/gzip", here), 1);
    const char *far =
        run_train("far", SMALL, run_text("%s --set data.train.idx.path=no/such/folder", idx));
    ck_assert_str_eq(run_file(near, "pipeline.yaml", NULL), run_file(far, "pipeline.yaml", NULL));
    ck_assert_ptr_nonnull(strstr(run_file(near, "pipeline.yaml", NULL),
                                 run_text("idx: {path: %s/tests/data/good/raw, ", here)));
    unsetenv("CNNRUN_DATA");
    (void)run_program();
    ck_assert_int_eq(chdir("/"), 0);
    run_same(near, run_train("again", run_text("%s/pipeline.yaml", near), ""));
}
END_TEST

START_TEST(learns)
{
    const char *run =
        run_train("run", SMALL, "--epochs 10 --set data.train.synthetic_digits.samples=2000");
    ck_assert_double_gt(run_number(run, "test_accuracy"), 0.5); /* chance: 0.1 */
    ck_assert_double_ge(run_number(run, "best_epoch"), 2);
}
END_TEST

UNIT_MAIN("train", any_number_of_threads_gives_the_same_bits,
          the_runs_own_pipeline_gives_the_same_bits, straight_through_trains_as_cross_entropy_does,
          winograd_trains_as_direct_does, absorbed_layers_train_as_apart,
          options_come_in_their_order, set_reaches_layers_and_replaces_plugins,
          a_run_leaves_just_its_files, metrics_hold_a_row_an_epoch, runs_are_numbered,
          prints_a_line_an_epoch_where_no_terminal_is, draws_a_bar_on_a_terminal,
          warns_of_a_loss_that_does_not_fit_the_last_layer,
          validation_is_cut_from_the_training_data, trains_without_test_data, stops_early,
          finds_files_and_remembers_where, learns)
