/* test_models.c - networks that are known from elsewhere train, with the same bits for any number
 * of threads and after a kill within an epoch. */
#include "run_outside.h"
#include "run_watch.h"

#define RESNET "pipelines/resnet20.yaml "
#define FEW                                                                                        \
    "--set data.train.synthetic_digits.samples=112 --set data.test.synthetic_digits.samples=16 "   \
    "--set train.batch_size=16 --epochs 1 "

static void repeats(const char *pipeline, const char *options)
{
    const char *one = run_train("one", pipeline, run_text("%s --threads 1", options));
    for (int threads = 2; threads <= 4; threads++)
        run_same(one, run_train(run_text("threads%d", threads), pipeline,
                                run_text("%s --threads %d", options, threads)));
}

/* Kills a run as soon as it has a checkpoint, which is within the first epoch, and resumes it. */
static void survives(const char *pipeline, const char *options)
{
    const char *dir = run_text("%s/killed", unit_folder_path);
    const run_child child = run_start("%s --quiet %s --set train.checkpoint.every_steps=1 --out %s",
                                      pipeline, options, dir);
    await(child, dir, "checkpoint.safetensors", 0);
    kill(child.pid, SIGKILL);
    (void)run_wait(child);
    ck_assert_int_eq(rows(dir), 0);
    const run_result r = run_cnnrun("%s %s --set train.checkpoint.every_steps=1 --resume --out %s",
                                    pipeline, options, dir);
    run_exits(r, 0);
    says(r.out, "resumed after epoch 0, step ");
    run_same(dir, run_text("%s/one", unit_folder_path));
}

START_TEST(squeeze_and_excite)
{
    const char *folder = unit_folder();
    run_compile("made_images", "-Iinclude", folder);
    run_compile("gradient_files", "-Iinclude", folder);
    run_compile("channel_gate", "-Iinclude", folder);
    run_exits(run_cnnrun("check %s/channel_gate.so", folder), 0);
    repeats("tests/pipelines/squeeze_excite.yaml",
            run_text("--plugin-path %s --set train.steps=60 --set train.batch_size=17 --set "
                     "optimizer.sgd.learning_rate=0.5",
                     folder));
    ck_assert_double_lt(run_number(run_text("%s/one", folder), "loss"), 1.3); /* chance: 1.386 */
}
END_TEST

START_TEST(resnet_20)
{
    unit_folder();
    repeats(RESNET, FEW);
    survives(RESNET, FEW);
}
END_TEST

UNIT_MAIN("models", squeeze_and_excite, resnet_20)
