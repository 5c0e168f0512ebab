/* test_repair.c - what a kill, a lost file, other data or another machine leave of a run: repaired,
 * told or refused, never wrong in silence. */
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "run_watch.h"

/* ---- what a kill leaves --------------------------------------------------------------------- */

/* A kill between a checkpoint and metrics.csv leaves that a row short, or absent; and files half
 * written. */
START_TEST(a_resume_repairs_what_a_kill_left)
{
    const char *dir = run_train("run", SMALL, ""), *whole = run_train("whole", SMALL, "");
    const char *metrics = run_file(dir, "metrics.csv", NULL), *names = run_listing(dir);
    char *listing = run_keep(strdup(names));
    for (int i = 0; i < 2; i++) {
        const char *path = run_text("%s/metrics.csv", dir);
        if (i == 0)
            ck_assert_int_eq(unlink(path), 0);
        else
            ck_assert_int_eq(truncate(path, (off_t)strlen(metrics) - 20), 0);
        const char *const left[] = {"metrics.csv.tmp", "summary.json.tmp", "report.html.tmp",
                                    "checkpoint.safetensors.tmp",
                                    "checkpoint.previous.safetensors.tmp"};
        for (size_t f = 0; f < sizeof left / sizeof left[0]; f++)
            fclose(fopen(run_text("%s/%s", dir, left[f]), "w"));
        fclose(fopen(run_text("%s/mine.tmp", dir), "w"));
        run_exits(run_cnnrun(SMALL " --quiet --resume --out %s", dir), 0);
        ck_assert_str_eq(run_file(dir, "metrics.csv", NULL), metrics);
        ck_assert_int_eq(unlink(run_text("%s/mine.tmp", dir)), 0); /* is not ours, and stays */
        ck_assert_str_eq(run_listing(dir), listing);
        run_same(dir, whole);
    }
}
END_TEST

/* The checkpoint in the folder has `part` in its header. */
static bool checkpoint_says(const char *dir, const char *name, const char *part)
{
    return run_holds(dir, name) &&
           strstr(run_file(dir, name, NULL) + sizeof(uint64_t), part) != NULL;
}

/* 63 steps an epoch: a run killed in its first one goes on from a step. */
START_TEST(a_kill_within_an_epoch_loses_a_few_steps)
{
    const char *dir = run_text("%s/run", unit_folder());
#define OFTEN                                                                                      \
    SMALL " --quiet --set data.train.synthetic_digits.samples=500 --set train.batch_size=8 --set " \
          "train.checkpoint.every_steps=10 --set train.checkpoint.keep=4"
    const run_child child = run_start(OFTEN " --epochs 100000 --out %s", dir);
    await(child, dir, "checkpoint.previous-3.safetensors", 0);
    kill(child.pid, SIGKILL);
    ck_assert_int_eq(run_wait(child).code, -SIGKILL);
    ck_assert(checkpoint_says(dir, "checkpoint.previous-3.safetensors", "\"step\":\"10\""));
    ck_assert(!run_holds(dir, "checkpoint.previous-4.safetensors"));
    run_exits(run_cnnrun(OFTEN " --resume --epochs %d --out %s", rows(dir) + 1, dir), 0);
    const char *whole = run_text("%s-whole", dir);
    run_exits(run_cnnrun(OFTEN " --epochs %d --out %s --set train.checkpoint.every_steps=null",
                         rows(dir), whole),
              0);
    run_same(dir, whole);
}
END_TEST

START_TEST(every_seconds_is_heeded)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_child child =
        run_start(SMALL " --quiet --set data.train.synthetic_digits.samples=200000 --set "
                        "train.batch_size=4 --set train.checkpoint.every_seconds=0.01 --out %s",
                  dir);
    await(child, dir, "checkpoint.previous.safetensors", 0);
    kill(child.pid, SIGTERM);
    run_exits(run_wait(child), 143);
    run_says(dir, "epochs", "0");
    ck_assert(checkpoint_says(dir, "checkpoint.previous.safetensors", "\"epoch\":\"0\""));
}
END_TEST

/* One whose weights are of another shape is as good as damaged: the one before it is used. */
START_TEST(falls_back_where_the_newest_does_not_fit)
{
    const char *dir = run_text("%s/run", unit_folder());
    const char *other = run_train("other", SMALL, "--set network.layers.4.dense.units=15");
    const run_child child = run_start(LONG " --epochs 100000 --out %s", dir);
    await(child, dir, "metrics.csv", 2);
    kill(child.pid, SIGTERM);
    run_exits(run_wait(child), 143);
    /* what a lost allocation once left: another shape under a valid checksum */
    ck_assert_int_eq(rename(run_text("%s/checkpoint.safetensors", other),
                            run_text("%s/checkpoint.safetensors", dir)),
                     0);
    const run_result refused = run_cnnrun(LONG " --resume --epochs 2 --out %s", dir);
    run_exits(refused, 3); /* it says that it is of another pipeline */
    const run_result r =
        run_cnnrun("evaluate %s --data test", dir); /* which needs the weights alone */
    run_exits(r, 0);
    says(r.err, "the checkpoint does not fit the pipeline: tensor 'dense/kernel' is of another "
                "shape; ");
    says(r.err, "/checkpoint.previous.safetensors is used instead");
}
END_TEST

/* Of the same pipeline and with a valid checksum, but with a tensor of another shape: a run that is
 * resumed goes on from the one before, to the bits of a run that nobody touched. */
START_TEST(resumes_past_one_that_does_not_fit)
{
    static const char mark[] = "\"checksum\":\"";
    const char *dir = run_train("run", SMALL, ""), *whole = run_train("whole", SMALL, "");
    size_t size;
    char *file = run_file(dir, "checkpoint.safetensors", &size), digits[CNN_SHA256_HEX];
    char *shape = strstr(file + 8, "\"dense/kernel\":{"), *checksum = strstr(file + 8, mark);
    ck_assert(shape && checksum);
    shape = strstr(shape, "[100,16]");
    ck_assert_ptr_nonnull(shape);
    memcpy(shape, "[16,100]", 8);
    checksum += strlen(mark);
    memset(checksum, '0', 64);
    cnn_sha256(&(cnn_piece){file, size}, 1, digits);
    memcpy(checksum, digits, 64);
    FILE *out = fopen(run_text("%s/checkpoint.safetensors", dir), "wb");
    ck_assert(out && fwrite(file, 1, size, out) == size && fclose(out) == 0);
    const run_result r = run_cnnrun(SMALL " --quiet --resume --out %s", dir);
    run_exits(r, 0);
    says(r.err, "the checkpoint does not fit the pipeline: tensor 'dense/kernel' is of another "
                "shape; ");
    says(r.err, "/checkpoint.previous.safetensors is used instead");
    run_same(dir, whole);
}
END_TEST

START_TEST(starting_over_is_said)
{
    const char *dir = run_train("run", SMALL, ""), *whole = run_train("whole", SMALL, "");
    ck_assert_int_eq(unlink(run_text("%s/checkpoint.safetensors", dir)), 0);
    ck_assert_int_eq(unlink(run_text("%s/checkpoint.previous.safetensors", dir)), 0);
    run_exits(run_cnnrun(SMALL " --quiet --resume --seed 2 --out %s", dir), 3);
    const run_result r = run_cnnrun(SMALL " --quiet --resume --out %s", dir);
    run_exits(r, 0);
    says(r.err, run_text("warning: %s: its checkpoints are gone; the training starts over", dir));
    run_same(dir, whole);
}
END_TEST

/* ---- what differs --------------------------------------------------------------------------- */

/* One change in the summary's resumed_with. */
static void records(const char *dir, const char *what)
{
    json_t *root = run_summary(dir);
    const json_t *list = json_object_get(root, "resumed_with"), *entry;
    size_t i, found = 0;
    json_array_foreach (list, i, entry)
        found += strcmp(json_string_value(json_object_get(entry, "what")), what) == 0 &&
                 json_is_integer(json_object_get(entry, "epoch")) &&
                 json_is_integer(json_object_get(entry, "step"));
    json_decref(root);
    ck_assert_msg(found == 1, "%s: %zu times in resumed_with", what, found);
}

/* IDX files with a few images, that a run can be trained on. */
static void write_idx(const char *dir, const char *split, int first)
{
    FILE *images = fopen(run_text("%s/%s-images-idx3-ubyte", dir, split), "wb");
    FILE *labels = fopen(run_text("%s/%s-labels-idx1-ubyte", dir, split), "wb");
    ck_assert(images && labels);
    fwrite("\0\0\10\3\0\0\0\100\0\0\0\14\0\0\0\14", 1, 16, images);
    fwrite("\0\0\10\1\0\0\0\100", 1, 8, labels);
    for (int i = 0; i < 64; i++) {
        for (int p = 0; p < 144; p++)
            putc((p * (i % 10 + 1) + (p == 0 && i == 0 ? first : 0)) % 256, images);
        putc(i % 10, labels);
    }
    ck_assert(fclose(images) == 0 && fclose(labels) == 0);
}

START_TEST(other_data_are_refused)
{
    const char *data = unit_folder(), *dir = run_text("%s/run", data);
    write_idx(data, "train", 0);
    write_idx(data, "t10k", 0);
    const char *base = run_text("%s/base.yaml", data);
    FILE *file = fopen(base, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "name: idx\ndata:\n  train: {idx: {path: %s}}\n  test: {idx: {path: %s, split: test}}\n"
            "network: {layers: [flatten, dense: {units: 10, activation: softmax}]}\n"
            "loss: categorical_crossentropy\noptimizer: adam\n",
            data, data);
    fclose(file);
    run_exits(run_cnnrun("%s --quiet --out %s", base, dir), 0);
    ck_assert_str_eq(run_value(dir, "resumed_with"), "[]");
    write_idx(data, "train", 1); /* one pixel of one image */
    const char *line = run_text("%s --quiet --resume --epochs 2 --out %s", base, dir);
    const run_result refused = run_cnnrun("%s", line);
    run_exits(refused, 4);
    says(refused.err, "the train data are not those of the run: their SHA-256 is ");
    says(refused.err, "--force-resume");
    run_says(dir, "epochs", "1");
    const run_result forced = run_cnnrun("%s --force-resume", line);
    run_exits(forced, 0);
    says(forced.err, "warning: ");
    says(forced.err, "goes on, although this is not as it was: data.train has other bytes");
    run_says(dir, "epochs", "2");
    records(dir, "data.train");
    const run_result again = run_cnnrun("%s --quiet --resume --epochs 3 --out %s", base, dir);
    run_exits(again, 0); /* it is of these data from now on */
    ck_assert_str_eq(again.err, "");
    records(dir, "data.train");
}
END_TEST

START_TEST(another_pipeline_can_be_forced)
{
    const char *dir = run_train("run", SMALL, "");
    const run_result r = run_cnnrun(SMALL " --quiet --force-resume --epochs 3 --out %s --set "
                                          "optimizer.adam.learning_rate=0.02",
                                    dir);
    run_exits(r, 0);
    says(r.err, "pipeline.optimizer.adam.learning_rate was 0.01, is 0.02");
    records(dir, "pipeline.optimizer.adam.learning_rate");
    run_exits(run_cnnrun(SMALL " --force-resume --strict-resume --out %s", dir), 2);
}
END_TEST

START_TEST(another_instruction_set_is_told)
{
    const char *dir = run_train("run", SMALL, "");
    setenv("CNNRUN_ISA", "baseline", 1);
    if (strcmp(run_value(dir, "instruction_set"), "\"baseline\"") == 0)
        return; /* there is no other one here */
    const run_result strict = run_cnnrun(SMALL " --quiet --strict-resume --epochs 3 --out %s", dir);
    run_exits(strict, 7);
    says(strict.err, "--strict-resume: instruction_set is 'baseline' here, 'avx");
    run_says(dir, "epochs", "2");
    const run_result r = run_cnnrun(SMALL " --quiet --resume --epochs 3 --out %s", dir);
    run_exits(r, 0);
    says(r.err, "plugin.layer.conv2d has other bytes");
    says(r.err, "instruction_set was avx");
    ck_assert_ptr_eq(strchr(r.err, '\n'), r.err + strlen(r.err) - 1); /* one line */
    records(dir, "instruction_set");
    run_says(dir, "instruction_set", "\"baseline\"");
}
END_TEST

/* ---- a folder that others touch ------------------------------------------------------------- */

/* What stands under a file's name and is none is neither waited for nor read without end. */
START_TEST(an_odd_summary_does_not_hold_it_up)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    (void)run_program();
    ck_assert_int_eq(chdir(unit_folder()), 0);
    const char *options = run_text("%s/" SMALL " --quiet", here);
    const char *summary = "runs/small-001/summary.json";
    run_exits(run_cnnrun("%s --epochs 1", options), 0);
    ck_assert_int_eq(unlink(summary), 0);
    ck_assert_int_eq(mkfifo(summary, 0600), 0);
    run_result r = run_cnnrun("%s --resume", options);
    run_exits(r, 7);
    says(r.err, "runs/small-001/summary.json: must be a regular file, but it is not");
    ck_assert_int_eq(unlink(summary), 0);
    fclose(fopen(summary, "w"));
    ck_assert_int_eq(truncate(summary, (off_t)600 << 20), 0);
    r = run_cnnrun("%s --resume", options);
    run_exits(r, 7);
    says(r.err, "runs/small-001/summary.json: has 629145600 bytes; at most 33554432 are expected");
}
END_TEST

/* Drawing a million large digits takes a minute or more: had it been waited for, there would be a
 * folder. */
START_TEST(a_signal_while_data_are_drawn_is_obeyed_at_once)
{
    static const int signals[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        const char *dir = run_text("%s/run%zu", i ? unit_folder_path : unit_folder(), i);
        const run_child large = run_start(
            SMALL " --out %s-large --set data.train.synthetic_digits.samples=1000000 --set "
                  "data.train.synthetic_digits.size=64 --set "
                  "data.test.synthetic_digits.size=64",
            dir);
        for (int wait = 0; wait < 300; wait++)
            run_pause();
        kill(large.pid, signals[i]);
        run_exits(run_wait(large), 128 + signals[i]);
        ck_assert(!run_holds(run_text("%s-large", dir), ""));
    }
}
END_TEST

/* Deletes what `what` names while the run is at work. */
static run_result delete_while_it_runs(const char *dir, const char *what)
{
    const run_child child = run_start(LONG " --epochs 40 --out %s", dir);
    await(child, dir, "metrics.csv", 1);
    const run_child deleting =
        run_spawn("/bin/rm", (const char *const[]){"-rf", run_text("%s%s", dir, what), NULL});
    run_wait(deleting);
    return run_wait(child);
}

START_TEST(files_deleted_under_a_run_are_missed)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_result one = delete_while_it_runs(dir, "/pipeline.yaml");
    run_exits(one, 7);
    says(one.err,
         run_text("cnnrun: %s/pipeline.yaml: was deleted while the run was at work\n", dir));
    const char *all = run_text("%s/all", unit_folder_path);
    const run_result r = delete_while_it_runs(all, "");
    run_exits(r, 7);
    says(r.err, all);
}
END_TEST

UNIT_MAIN("repair", a_resume_repairs_what_a_kill_left, a_kill_within_an_epoch_loses_a_few_steps,
          every_seconds_is_heeded, falls_back_where_the_newest_does_not_fit,
          resumes_past_one_that_does_not_fit, starting_over_is_said, other_data_are_refused,
          another_pipeline_can_be_forced, another_instruction_set_is_told,
          an_odd_summary_does_not_hold_it_up, a_signal_while_data_are_drawn_is_obeyed_at_once,
          files_deleted_under_a_run_are_missed)
