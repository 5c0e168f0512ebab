/* test_resume.c - runs that are interrupted, killed, damaged or prolonged end in the bits of the
 * run that was not.
 *
 * An interrupted run is given more epochs than it could ever do, and resumed for as many as it had
 * done and a few more; so nothing here depends on how fast it is. */
#include <signal.h>
#include <stdint.h>

#include "run_watch.h"

/* Resumes `dir` for two epochs more than it has; then it must be like a run that never stopped. */
static void ends_as_if_unbroken(const char *dir, const char *options)
{
    const int epochs = rows(dir) + 2;
    const char *whole = run_text("%s-whole", dir);
    run_exits(run_cnnrun(LONG " --resume --epochs %d --out %s %s", epochs, dir, options), 0);
    run_says(dir, "status", "\"completed\"");
    run_exits(run_cnnrun(LONG " --epochs %d --out %s", epochs, whole), 0);
    run_same(dir, whole);
    ck_assert_str_eq(run_value(dir, "confusion_matrix"), run_value(whole, "confusion_matrix"));
}

/* ---- signals -------------------------------------------------------------------------------- */

static void interrupt(const char *dir, int number, int after_epochs)
{
    const run_child child = run_start(LONG " --epochs 100000 --out %s", dir);
    await(child, dir, "metrics.csv", after_epochs);
    kill(child.pid, number);
    const run_result r = run_wait(child);
    run_exits(r, 128 + number);
    ck_assert_str_eq(r.err, "");
    run_says(dir, "status", "\"interrupted\"");
    run_says(dir, "epochs", run_text("%d", rows(dir)));
    ck_assert_str_eq(run_listing(dir),
                     "checkpoint.previous.safetensors checkpoint.safetensors metrics.csv "
                     "pipeline.yaml summary.json ");
}

START_TEST(goes_on_after_sigint)
{
    const char *dir = run_text("%s/run", unit_folder());
    interrupt(dir, SIGINT, 2);
    ends_as_if_unbroken(dir, "--threads 1");
}
END_TEST

START_TEST(goes_on_after_sigterm)
{
    const char *dir = run_text("%s/run", unit_folder());
    interrupt(dir, SIGTERM, 1);
    ends_as_if_unbroken(dir, "--threads 3");
}
END_TEST

/* Both at once, as a run of an experiment gets them when that is told twice to stop. */
START_TEST(saves_when_told_to_stop_and_its_parent_ends)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_child child = run_start(LONG " --epochs 100000 --out %s", dir);
    await(child, dir, "metrics.csv", 1);
    kill(child.pid, SIGSTOP);
    kill(child.pid, SIGINT);
    kill(child.pid, SIGUSR1);
    kill(child.pid, SIGCONT);
    run_exits(run_wait(child), 130);
    run_says(dir, "status", "\"interrupted\"");
    ends_as_if_unbroken(dir, "");
}
END_TEST

/* A checkpoint holds the step: with none in the epoch, the first interruption was not in its midst.
 */
START_TEST(stops_and_goes_on_in_the_midst_of_an_epoch)
{
    const char *dir = run_text("%s/run", unit_folder());
    bool midst = false;
    for (int i = 0; i < 20 && !midst; i++) {
        const run_child child =
            run_start(LONG " --epochs 100000 --out %s %s", dir, i ? "--resume" : "");
        await(child, dir, "metrics.csv", rows(dir) + 1);
        for (int wait = 0; wait < 3 * i; wait++) /* the file is there before it is flushed */
            run_pause();
        kill(child.pid, SIGINT);
        run_exits(run_wait(child), 130);
        const char *header = run_file(dir, "checkpoint.safetensors", NULL) + sizeof(uint64_t);
        says(header, "\"step\":\"");
        midst = !strstr(header, "\"step\":\"0\"");
    }
    ck_assert(midst);
    const run_result fewer = run_cnnrun(LONG " --resume --epochs %d --out %s", rows(dir), dir);
    run_exits(fewer, 3); /* its weights are no longer those of that epoch's end */
    says(fewer.err, "a run cannot go back");
    ends_as_if_unbroken(dir, "--threads 2");
}
END_TEST

/* Whatever of the files a kill leaves. The waits are chance, the outcome is not. */
START_TEST(goes_on_after_kills)
{
    const char *dir = run_text("%s/run", unit_folder());
    uint32_t random = 20;
    for (int i = 0; i < 8; i++) {
        random = random * 1664525u + 1013904223u;
        const run_child child = run_start(LONG " --epochs 100000 --threads %d --out %s %s",
                                          1 + i % 3, dir, i ? "--resume" : "");
        await(child, dir, "pipeline.yaml", 0);
        nanosleep(&(struct timespec){0, (long)(random >> 25) * 1000000}, NULL); /* to 127 ms */
        kill(child.pid, SIGKILL);
        const run_result r = run_wait(child);
        run_exits(r, -SIGKILL);
        ck_assert_str_eq(r.err, "");
    }
    ends_as_if_unbroken(dir, "");
    ck_assert_str_eq(run_listing(dir),
                     "checkpoint.previous.safetensors checkpoint.safetensors metrics.csv "
                     "pipeline.yaml plots report.html summary.json ");
}
END_TEST

START_TEST(one_run_is_one_process)
{
    const char *dir = run_text("%s/run", unit_folder());
    const run_child child = run_start(LONG " --epochs 100000 --out %s", dir);
    await(child, dir, "metrics.csv", 1);
    const run_result second = run_cnnrun(LONG " --epochs 100000 --resume --out %s", dir);
    const run_result third = run_cnnrun(LONG " --out %s", dir);
    kill(child.pid, SIGTERM);
    run_exits(run_wait(child), 143);
    run_exits(second, 7);
    ck_assert_str_eq(second.err,
                     run_text("cnnrun: %s: another cnnrun is at work on this run\n", dir));
    run_exits(third, 7);
    ck_assert_str_eq(third.err, second.err);
}
END_TEST

/* Without --out: the newest of this name that is not finished. */
START_TEST(finds_the_run_to_go_on_with)
{
    char here[2048];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    (void)run_program();
    ck_assert_int_eq(chdir(unit_folder()), 0);
    const char *options = run_text("%s/" LONG, here);
    run_result none = run_cnnrun("%s --resume", options);
    run_exits(none, 7);
    ck_assert_str_eq(none.err, "cnnrun: runs: no unfinished run of 'small' to resume\n");
    for (int i = 1; i <= 2; i++) {
        const run_child child = run_start("%s --epochs 100000", options);
        await(child, run_text("runs/small-00%d", i), "metrics.csv", 1);
        kill(child.pid, SIGINT);
        run_exits(run_wait(child), 130);
    }
    run_exits(run_cnnrun("%s --epochs 1", options), 0);
    run_exits(run_cnnrun("%s --epochs 1 --set name=small-004", options), 0);
    for (int i = 2; i >= 1; i--) { /* the newer one first */
        const char *dir = run_text("runs/small-00%d", i);
        run_exits(run_cnnrun("%s --resume --epochs %d", options, rows(dir) + 1), 0);
        run_says(dir, "status", "\"completed\"");
    }
    run_exits(run_cnnrun("%s --resume", options), 7);
}
END_TEST

/* ---- damage --------------------------------------------------------------------------------- */

#define LAST "checkpoint.safetensors"
#define PREVIOUS "checkpoint.previous.safetensors"

/* Changes one bit in the middle of the tensors. */
static void damage(const char *dir, const char *name)
{
    size_t size;
    char *bytes = run_file(dir, name, &size);
    bytes[size * 3 / 4] ^= 1;
    FILE *file = fopen(run_text("%s/%s", dir, name), "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(falls_back_to_the_checkpoint_before)
{
    const char *dir = run_train("run", SMALL, "--epochs 3"),
               *whole = run_train("whole", SMALL, "--epochs 5");
    damage(dir, LAST);
    run_result r = run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s", dir);
    run_exits(r, 0);
    says(r.err, run_text("cnnrun: warning: %s/" LAST ": ", dir));
    ck_assert_int_eq(unlink(run_text("%s/" LAST, dir)), 0);
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 5 --out %s", dir), 0);
    run_same(dir, whole);
}
END_TEST

START_TEST(refuses_when_both_checkpoints_are_damaged)
{
    const char *dir = run_train("run", SMALL, "");
    damage(dir, LAST);
    damage(dir, PREVIOUS);
    const char *metrics = run_file(dir, "metrics.csv", NULL);
    const run_result r = run_cnnrun(SMALL " --quiet --resume --epochs 5 --out %s", dir);
    run_exits(r, 7);
    says(r.err, PREVIOUS);
    ck_assert_str_eq(metrics, run_file(dir, "metrics.csv", NULL));
    run_exits(run_cnnrun("evaluate %s", dir), 7);
}
END_TEST

START_TEST(begins_anew_where_no_epoch_was_finished)
{
    const char *dir = run_train("run", SMALL, ""), *whole = run_train("whole", SMALL, "");
    ck_assert_int_eq(unlink(run_text("%s/" LAST, dir)) + unlink(run_text("%s/" PREVIOUS, dir)), 0);
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s", dir), 0);
    run_same(dir, whole);
}
END_TEST

/* ---- what a run is resumed for -------------------------------------------------------------- */

START_TEST(more_epochs_prolong_a_run)
{
    const char *dir = run_train("run", SMALL, "--epochs 1"),
               *whole = run_train("whole", SMALL, "--epochs 4");
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 3 --threads 3 --out %s", dir), 0);
    run_exits(run_cnnrun(SMALL " --quiet --resume --epochs 4 --out %s", dir), 0);
    run_same(dir, whole);
    run_says(dir, "best_epoch", run_value(whole, "best_epoch"));
    ck_assert_str_eq(run_file(dir, "pipeline.yaml", NULL), run_file(whole, "pipeline.yaml", NULL));
    const run_result fewer = run_cnnrun(SMALL " --quiet --resume --epochs 2 --out %s", dir);
    run_exits(fewer, 3);
    ck_assert_str_eq(fewer.err,
                     run_text("cnnrun: %s: the run has begun epoch 4, but train.epochs is 2; a run "
                              "cannot go back, so it must be 4 or more\n",
                              dir));
    run_same(dir, whole);
    ck_assert_str_eq(run_file(dir, "pipeline.yaml", NULL), run_file(whole, "pipeline.yaml", NULL));
}
END_TEST

START_TEST(a_finished_run_stays_as_it_is)
{
    const char *dir = run_train("run", SMALL, "");
    size_t before, after;
    const char *metrics = run_file(dir, "metrics.csv", NULL), *hash = run_hash(dir);
    const char *loss = run_value(dir, "test_loss"), *checkpoint = run_file(dir, LAST, &before);
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s", dir), 0);
    ck_assert_str_eq(run_file(dir, "metrics.csv", NULL), metrics);
    ck_assert_str_eq(run_hash(dir), hash);
    ck_assert_str_eq(run_value(dir, "test_loss"), loss);
    run_says(dir, "status", "\"completed\"");
    const char *now = run_file(dir, LAST, &after);
    ck_assert(before == after && memcmp(checkpoint, now, before) == 0);
}
END_TEST

START_TEST(another_pipeline_is_refused)
{
    const char *dir = run_train("run", SMALL, "");
    const char *pipeline = run_file(dir, "pipeline.yaml", NULL);
    const run_result r = run_cnnrun(
        SMALL " --quiet --resume --epochs 9 --out %s --set network.layers.4.dense.units=17", dir);
    run_exits(r, 3);
    ck_assert_str_eq(
        r.err,
        run_text("cnnrun: %s: this pipeline is not the run's: 'network.layers.4.dense.units: 17' "
                 "here, 'network.layers.4.dense.units: 16' there; only epochs, steps, threads and "
                 "checkpoint may "
                 "differ when a run is resumed (--force-resume resumes it all the same)\n",
                 dir));
    const run_result seed = run_cnnrun(SMALL " --quiet --resume --out %s --seed 2", dir);
    run_exits(seed, 3);
    says(seed.err, "'seed: 2' here, 'seed: 1' there");
    run_exits(run_cnnrun(SMALL " --quiet --resume --out %s --set train.batch_size=47", dir), 3);
    const run_result loss = run_cnnrun(SMALL " --quiet --resume --out %s --set loss=hinge", dir);
    run_exits(loss, 3);
    says(loss.err, "'loss: hinge' here, 'loss.categorical_crossentropy.from_logits: false' there");
    ck_assert_str_eq(run_file(dir, "pipeline.yaml", NULL), pipeline);
    run_says(dir, "epochs", "2");
}
END_TEST

START_TEST(there_must_be_a_run)
{
    const char *dir = unit_folder();
    run_result r = run_cnnrun(SMALL " --resume --out %s", dir);
    run_exits(r, 7);
    ck_assert_str_eq(r.err, run_text("cnnrun: %s: there is no run to resume\n", dir));
    run_exits(run_cnnrun(SMALL " --resume --out %s/none", dir), 7);
    ck_assert_str_eq(run_listing(dir), "");
}
END_TEST

UNIT_MAIN("resume", goes_on_after_sigint, goes_on_after_sigterm,
          saves_when_told_to_stop_and_its_parent_ends, stops_and_goes_on_in_the_midst_of_an_epoch,
          goes_on_after_kills, one_run_is_one_process, finds_the_run_to_go_on_with,
          falls_back_to_the_checkpoint_before, refuses_when_both_checkpoints_are_damaged,
          begins_anew_where_no_epoch_was_finished, more_epochs_prolong_a_run,
          a_finished_run_stays_as_it_is, another_pipeline_is_refused, there_must_be_a_run)
