/* test_models.c - networks that are known from elsewhere train, with the same bits for any number
 * of threads. */
#include "run_outside.h"

static void repeats(const char *pipeline, const char *options)
{
    const char *one = run_train("one", pipeline, run_text("%s --threads 1", options));
    for (int threads = 2; threads <= 4; threads++)
        run_same(one, run_train(run_text("threads%d", threads), pipeline,
                                run_text("%s --threads %d", options, threads)));
}

START_TEST(squeeze_and_excite)
{
    const char *folder = unit_folder();
    const char *options = run_text("--plugin-path %s", folder);
    run_compile("made_images", "-Iinclude", folder);
    run_compile("gradient_files", "-Iinclude", folder);
    run_compile("channel_gate", "-Iinclude", folder);
    run_exits(run_cnnrun("check %s/channel_gate.so", folder), 0);
    const char *pipeline = "tests/pipelines/squeeze_excite.yaml";
    options = run_text("%s --set train.steps=60 --set train.batch_size=17 --set "
                       "optimizer.sgd.learning_rate=0.5",
                       options);
    repeats(pipeline, options);
    ck_assert_double_lt(run_number(run_text("%s/one", folder), "loss"), 1.3); /* chance: 1.386 */
}
END_TEST

UNIT_MAIN("models", squeeze_and_excite)
