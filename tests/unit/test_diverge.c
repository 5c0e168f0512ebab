/* test_diverge.c - a loss that is not finite: what the run says, what it keeps, how it can go on.
 */
#include <math.h>

#include "run_outside.h"

/* A folder with the plugin of tests/outside in it. */
static const char *plugins(const char *name)
{
    const char *folder = unit_folder();
    run_compile(name, "-Iinclude", folder);
    return folder;
}

static void says(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

/* What `evaluate --json` says of a run, without its speed. */
static const char *evaluation(const char *plugin_path, const char *dir)
{
    const run_result r = run_cnnrun("evaluate --json --plugin-path %s %s", plugin_path, dir);
    run_exits(r, 0);
    json_t *root = json_loads(r.out, 0, NULL);
    ck_assert_ptr_nonnull(root);
    json_object_del(root, "images_per_second");
    const char *text = run_keep(json_dumps(root, 0));
    json_decref(root);
    return text;
}

START_TEST(names_step_and_layer)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_result r =
        run_cnnrun(SMALL " --quiet --out %s --set optimizer.sgd.learning_rate=1e30", dir);
    run_exits(r, 6);
    ck_assert_str_eq(
        r.err, run_text("cnnrun: %s: diverged in epoch 1, step 2: the output of layer 'dense_1' is "
                        "not finite; there is no checkpoint yet\n",
                        dir));
    run_says(dir, "status", "\"diverged\"");
    run_says(dir, "loss", "null");
    says(run_value(dir, "findings"), "epoch 1, step 2");
    ck_assert_str_eq(run_listing(dir), "metrics.csv pipeline.yaml plots report.html summary.json ");
}
END_TEST

START_TEST(names_the_loss)
{
    const char *folder = plugins("no_number"), *dir = run_text("%s/run", folder);
    const run_result r =
        run_cnnrun(SMALL " --quiet --out %s --plugin-path %s --set loss=no_number", dir, folder);
    run_exits(r, 6);
    says(r.err, "epoch 1, step 1: loss 'no_number' is not finite, though the network's output is");
}
END_TEST

#define LAYER(I) "--set network.layers." #I ".normalization."
#define SCALES(I) LAYER(I) "mean=[0] " LAYER(I) "variance=[0] " LAYER(I) "epsilon=1e-30"

/* The first layer multiplies by 1e30, and the first shard is -infinity behind it and 0 behind the
 * second layer, a relu; the others are finite up to the third, which multiplies by 1e30 again. */
START_TEST(names_what_reaches_the_loss)
{
    const char *folder = plugins("far_images");
    const run_result r = run_cnnrun(
        "tests/pipelines/far.yaml --quiet --out %s/run --plugin-path %s --set train.shuffle=false "
        "--set data.train.far_images.first=-1e10 --set data.train.far_images.scale=0 "
        "--set network.layers.1.conv2d.kernel_initializer=ones " SCALES(0) " " SCALES(2),
        folder, folder);
    run_exits(r, 6);
    says(r.err, "diverged in epoch 1, step 1: the output of layer 'second' is not finite");
}
END_TEST

/* The checkpoint is that of a run which was never to have a second epoch. */
START_TEST(keeps_the_last_good_checkpoint)
{
    const char *folder = plugins("late_blowup"), *dir = run_text("%s/run", folder);
    const char *options = run_text("--quiet --plugin-path %s --set schedule=late_blowup "
                                   "--set optimizer.sgd.learning_rate=0.1",
                                   folder);
    const run_result r = run_cnnrun(SMALL " %s --epochs 3 --out %s", options, dir);
    run_exits(r, 6);
    says(r.err, "diverged in epoch 2, step 2: ");
    says(r.err, "the checkpoint is of the end of epoch 1");
    run_says(dir, "epochs", "1");
    const char *whole = run_text("%s/whole", folder);
    run_exits(run_cnnrun(SMALL " %s --epochs 1 --out %s", options, whole), 0);
    ck_assert_str_eq(run_metrics(dir), run_metrics(whole));
    ck_assert_str_eq(evaluation(folder, dir), evaluation(folder, whole));
    /* It diverges again, and leaves the checkpoint as it is. */
    run_exits(run_cnnrun(SMALL " %s --epochs 3 --resume --out %s", options, dir), 6);
    ck_assert_str_eq(run_metrics(dir), run_metrics(whole));
    run_says(dir, "status", "\"diverged\"");
}
END_TEST

START_TEST(goes_on_where_it_is_told_to)
{
    const char *dir = run_train("run", SMALL,
                                "--set optimizer.sgd.learning_rate=1e30 "
                                "--set train.on_nonfinite=continue");
    run_says(dir, "status", "\"completed\"");
    run_says(dir, "epochs", "2");
    run_says(dir, "loss", "null");
    run_says(dir, "test_loss", "null");
    const char *metrics = run_metrics(dir);
    says(metrics, "\n1,nan,");
    says(metrics, "\n2,nan,");
    const run_result r = run_cnnrun("evaluate --json %s", dir);
    run_exits(r, 0);
    says(r.out, "\"loss\": null");
    says(run_cnnrun("evaluate %s", dir).out, "test: 60 images  loss nan");
}
END_TEST

START_TEST(a_schedule_that_breaks_its_contract_is_named)
{
    const char *folder = plugins("negative_rate"), *dir = run_text("%s/run", folder);
    const run_result r = run_cnnrun(
        SMALL " --quiet --out %s --plugin-path %s --set schedule=negative_rate", dir, folder);
    run_exits(r, 5);
    says(r.err, "--set schedule=negative_rate: schedule 'negative_rate' (");
    says(r.err, "the rate of step 7 is -1; it must be finite and 0 or more");
    run_says(dir, "status", "\"failed\"");
    run_says(dir, "epochs", "1");
}
END_TEST

UNIT_MAIN("diverge", names_step_and_layer, names_the_loss, names_what_reaches_the_loss,
          keeps_the_last_good_checkpoint, goes_on_where_it_is_told_to,
          a_schedule_that_breaks_its_contract_is_named)
